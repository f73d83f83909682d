// SPDX-License-Identifier: Apache-2.0
// A file system that can lose its power: drop_tree.h, mounted by FUSE. Usage: drop_fs FOLDER; says "mounted", and ends
// when FOLDER is unmounted or it gets SIGTERM. Two files in its root, which nobody sees, rule it:
//   .stop  write a number N: at the N-th change or sync from now it says "stopped" and answers nobody until a line
//          "MODE SEED" has come on standard input; then the power goes, and that call fails with EIO
//   .cut   write "MODE SEED": the power goes now
// MODE is nothing, prefix or sectors (Torn).
#define FUSE_USE_VERSION 31
#include <fuse.h>
#include <linux/falloc.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

#include "fault/drop_tree.h"

namespace assay::test {
namespace {

constexpr DropTree::Id kControl = ~DropTree::Id{0};

struct Disk {
  DropTree tree;
  long stop_in = 0;  // changes from now; 0: never
};

Disk& disk() { return *static_cast<Disk*>(fuse_get_context()->private_data); }

bool is_control(std::string_view path) { return path == "/.stop" || path == "/.cut"; }

void cut(Disk& disk, const std::string& words) {
  std::istringstream in(words);
  std::string mode;
  unsigned seed = 0;
  in >> mode >> seed;
  std::mt19937 random(seed);
  disk.tree.cut(mode == "nothing" ? Torn::kNothing : mode == "prefix" ? Torn::kPrefix : Torn::kSectors, random);
}

// Before each change: false when the power has just gone.
bool power() {
  Disk& it = disk();
  if (it.stop_in == 0 || --it.stop_in > 0) return true;
  std::cout << "stopped" << std::endl;  // flushed: somebody waits for it
  std::string words;
  std::getline(std::cin, words);
  cut(it, words);
  return false;
}

int id_of(const char* path, const fuse_file_info* file, DropTree::Id& id) {
  if (file != nullptr && file->fh != 0) {
    id = file->fh;
    return 0;
  }
  return disk().tree.find(path, id);
}

void* start(fuse_conn_info*, fuse_config* config) {
  // Nothing is remembered by the kernel that a cut could take away.
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  config->use_ino = 1;
  config->hard_remove = 1;
  std::cout << "mounted" << std::endl;
  return fuse_get_context()->private_data;
}

int get_attributes(const char* path, struct stat* out, fuse_file_info* file) {
  if (is_control(path)) {
    *out = {};
    out->st_mode = S_IFREG | 0600;
    out->st_nlink = 1;
    return 0;
  }
  DropTree::Id id = 0;
  if (const int error = id_of(path, file, id); error != 0) return error;
  disk().tree.attributes(id, *out);
  return 0;
}

int read_folder(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*, fuse_readdir_flags) {
  DropTree::Id id = 0;
  if (const int error = disk().tree.find(path, id); error != 0) return error;
  for (const char* name : {".", ".."}) fill(buffer, name, nullptr, 0, fuse_fill_dir_flags{});
  for (const std::string& name : disk().tree.names(id)) fill(buffer, name.c_str(), nullptr, 0, fuse_fill_dir_flags{});
  return 0;
}

int create(const char* path, mode_t mode, fuse_file_info* file) {
  if (!power()) return -EIO;
  DropTree::Id id = 0;
  if (const int error = disk().tree.create(path, mode, id); error != 0) return error;
  disk().tree.hold(id);
  file->fh = id;
  return 0;
}

int open(const char* path, fuse_file_info* file) {
  if (is_control(path)) {
    file->fh = kControl;
    file->direct_io = 1;
    return 0;
  }
  DropTree::Id id = 0;
  if (const int error = disk().tree.find(path, id); error != 0) return error;
  disk().tree.hold(id);
  file->fh = id;
  return 0;
}

int release(const char*, fuse_file_info* file) {
  if (file->fh != kControl) disk().tree.release(file->fh);
  return 0;
}

int read(const char*, char* into, size_t size, off_t offset, fuse_file_info* file) {
  if (file->fh == kControl) return 0;
  return disk().tree.read(file->fh, into, size, static_cast<std::uint64_t>(offset));
}

int write(const char* path, const char* bytes, size_t size, off_t offset, fuse_file_info* file) {
  const std::string text(bytes, size);
  if (file->fh == kControl) {
    if (std::string_view(path) == "/.stop") {
      disk().stop_in = std::stol(text);
    } else {
      cut(disk(), text);
    }
    return static_cast<int>(size);
  }
  if (!power()) return -EIO;
  return disk().tree.write(file->fh, text, static_cast<std::uint64_t>(offset));
}

int truncate(const char* path, off_t size, fuse_file_info* file) {
  if (is_control(path)) return 0;
  if (!power()) return -EIO;
  DropTree::Id id = 0;
  if (const int error = id_of(path, file, id); error != 0) return error;
  disk().tree.truncate(id, static_cast<std::uint64_t>(size));
  return 0;
}

int allocate(const char* path, int mode, off_t offset, off_t size, fuse_file_info* file) {
  if ((mode & FALLOC_FL_KEEP_SIZE) != 0) return 0;
  if (mode != 0) return -EOPNOTSUPP;
  struct stat now {};
  disk().tree.attributes(file->fh, now);
  return offset + size > now.st_size ? truncate(path, offset + size, file) : 0;
}

int sync_file(const char*, int, fuse_file_info* file) {
  if (!power()) return -EIO;
  disk().tree.sync_file(file->fh);
  return 0;
}

int sync_folder(const char* path, int, fuse_file_info*) {
  if (!power()) return -EIO;
  DropTree::Id id = 0;
  if (const int error = disk().tree.find(path, id); error != 0) return error;
  disk().tree.sync_folder(id);
  return 0;
}

int make_folder(const char* path, mode_t mode) { return power() ? disk().tree.make_folder(path, mode) : -EIO; }
int remove_file(const char* path) { return power() ? disk().tree.remove_file(path) : -EIO; }
int remove_folder(const char* path) { return power() ? disk().tree.remove_folder(path) : -EIO; }
int rename(const char* from, const char* to, unsigned flags) {
  constexpr unsigned kNoReplace = 1;  // RENAME_NOREPLACE
  if (flags > kNoReplace) return -EINVAL;
  return power() ? disk().tree.rename(from, to, flags == 0) : -EIO;
}

int change_mode(const char* path, mode_t mode, fuse_file_info* file) {
  DropTree::Id id = 0;
  if (const int error = id_of(path, file, id); error != 0) return error;
  disk().tree.change_mode(id, mode);
  return 0;
}
int change_owner(const char*, uid_t, gid_t, fuse_file_info*) { return 0; }
int change_times(const char* path, const timespec times[2], fuse_file_info* file) {
  DropTree::Id id = 0;
  if (const int error = id_of(path, file, id); error != 0) return error;
  disk().tree.change_times(id, times[0], times[1]);
  return 0;
}

int room(const char*, struct statvfs* out) {
  *out = {};
  out->f_bsize = out->f_frsize = 4096;
  out->f_blocks = out->f_bfree = out->f_bavail = 1U << 20U;
  out->f_files = out->f_ffree = 1U << 20U;
  out->f_namemax = 255;
  return 0;
}

int serve(char* program, char* folder) {
  fuse_operations operations{};
  operations.init = start;
  operations.getattr = get_attributes;
  operations.readdir = read_folder;
  operations.create = create;
  operations.open = open;
  operations.release = release;
  operations.read = read;
  operations.write = write;
  operations.truncate = truncate;
  operations.fallocate = allocate;
  operations.fsync = sync_file;
  operations.fsyncdir = sync_folder;
  operations.mkdir = make_folder;
  operations.unlink = remove_file;
  operations.rmdir = remove_folder;
  operations.rename = rename;
  operations.chmod = change_mode;
  operations.chown = change_owner;
  operations.utimens = change_times;
  operations.statfs = room;
  Disk disk;
  char foreground[] = "-f";
  char one_thread[] = "-s";
  char* arguments[] = {program, foreground, one_thread, folder, nullptr};
  return fuse_main(4, arguments, &operations, &disk);
}

}  // namespace
}  // namespace assay::test

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: drop_fs FOLDER\n";
    return 2;
  }
  return assay::test::serve(words[0], words[1]);
}
