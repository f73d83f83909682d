// SPDX-License-Identifier: Apache-2.0
#include "fault/drop_tree.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <set>

namespace assay::test {
namespace {

constexpr DropTree::Id kRoot = 1;

timespec now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time;
}

}  // namespace

DropTree::DropTree() { add(true, 0755); }

std::pair<std::string_view, std::string_view> DropTree::parent_and_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return {path.substr(0, slash), path.substr(slash + 1)};
}

int DropTree::find(std::string_view path, Id& id) const {
  id = kRoot;
  while (!path.empty()) {
    path.remove_prefix(1);  // its slash
    const std::string name(path.substr(0, path.find('/')));
    path.remove_prefix(name.size());
    if (name.empty()) continue;
    const Node& node = nodes_.at(id);
    if (!node.folder) return -ENOTDIR;
    const auto found = node.entries.find(name);
    if (found == node.entries.end()) return -ENOENT;
    id = found->second;
  }
  return 0;
}

int DropTree::parent_of(std::string_view path, Id& id, std::string& name) const {
  const auto [parent, last] = parent_and_name(path);
  name = last;
  if (const int error = find(parent, id); error != 0) return error;
  return nodes_.at(id).folder ? 0 : -ENOTDIR;
}

void DropTree::attributes(Id id, struct stat& out) const {
  const Node& node = nodes_.at(id);
  out = {};
  out.st_ino = id;
  out.st_mode = (node.folder ? S_IFDIR : S_IFREG) | node.mode;
  out.st_nlink = node.folder ? 2 : 1;
  out.st_uid = ::getuid();
  out.st_gid = ::getgid();
  out.st_size = static_cast<off_t>(node.bytes.size());
  out.st_blocks = (out.st_size + 511) / 512;
  out.st_atim = node.accessed;
  out.st_mtim = out.st_ctim = node.modified;
}

DropTree::Id DropTree::add(bool folder, mode_t mode) {
  const Id id = next_++;
  Node& node = nodes_[id];
  node.folder = folder;
  node.mode = mode & 07777U;
  node.accessed = node.modified = now();
  return id;
}

int DropTree::create(std::string_view path, mode_t mode, Id& id) {
  Id parent = 0;
  std::string name;
  if (const int error = parent_of(path, parent, name); error != 0) return error;
  if (nodes_.at(parent).entries.count(name) > 0) return -EEXIST;
  id = add(false, mode);
  note({.to = parent, .new_name = name, .node = id});
  return 0;
}

int DropTree::make_folder(std::string_view path, mode_t mode) {
  Id parent = 0;
  std::string name;
  if (const int error = parent_of(path, parent, name); error != 0) return error;
  if (nodes_.at(parent).entries.count(name) > 0) return -EEXIST;
  note({.to = parent, .new_name = name, .node = add(true, mode)});
  return 0;
}

int DropTree::remove_file(std::string_view path) {
  Id parent = 0;
  Id id = 0;
  std::string name;
  if (const int error = find(path, id); error != 0) return error;
  if (nodes_.at(id).folder) return -EISDIR;
  parent_of(path, parent, name);
  note({.from = parent, .old_name = name, .node = id});
  return 0;
}

int DropTree::remove_folder(std::string_view path) {
  Id parent = 0;
  Id id = 0;
  std::string name;
  if (const int error = find(path, id); error != 0) return error;
  if (!nodes_.at(id).folder) return -ENOTDIR;
  if (!nodes_.at(id).entries.empty()) return -ENOTEMPTY;
  parent_of(path, parent, name);
  note({.from = parent, .old_name = name, .node = id});
  return 0;
}

int DropTree::rename(std::string_view from, std::string_view to, bool replace) {
  Change change;
  if (const int error = find(from, change.node); error != 0) return error;
  parent_of(from, change.from, change.old_name);
  if (const int error = parent_of(to, change.to, change.new_name); error != 0) return error;
  Id there = 0;
  if (find(to, there) == 0) {
    if (!replace) return -EEXIST;
    const Node& node = nodes_.at(there);
    if (node.folder && !node.entries.empty()) return -ENOTEMPTY;
    if (node.folder != nodes_.at(change.node).folder) return node.folder ? -EISDIR : -ENOTDIR;
  }
  note(std::move(change));
  return 0;
}

// Programs see it at once.
void DropTree::note(Change change) {
  if (change.from != 0) nodes_.at(change.from).entries.erase(change.old_name);
  if (change.to != 0) nodes_.at(change.to).entries[change.new_name] = change.node;
  for (const Id folder : {change.from, change.to}) {
    if (folder != 0) nodes_.at(folder).modified = now();
  }
  changes_.push_back(std::move(change));
}

// The disk has it.
void DropTree::apply(const Change& change) {
  if (change.from != 0) nodes_.at(change.from).on_disk.erase(change.old_name);
  if (change.to != 0) nodes_.at(change.to).on_disk[change.new_name] = change.node;
}

void DropTree::change_mode(Id id, mode_t mode) { nodes_.at(id).mode = mode & 07777U; }

void DropTree::change_times(Id id, const timespec& accessed, const timespec& modified) {
  const auto set = [](timespec& time, const timespec& wanted) {
    if (wanted.tv_nsec != UTIME_OMIT) time = wanted.tv_nsec == UTIME_NOW ? now() : wanted;
  };
  set(nodes_.at(id).accessed, accessed);
  set(nodes_.at(id).modified, modified);
}

void DropTree::truncate(Id id, std::uint64_t size) {
  nodes_.at(id).bytes.resize(size);
  nodes_.at(id).modified = now();
}

int DropTree::write(Id id, std::string_view bytes, std::uint64_t offset) {
  Node& node = nodes_.at(id);
  if (node.bytes.size() < offset + bytes.size()) node.bytes.resize(offset + bytes.size());
  std::memcpy(node.bytes.data() + offset, bytes.data(), bytes.size());
  node.modified = now();
  return static_cast<int>(bytes.size());
}

int DropTree::read(Id id, char* into, std::size_t size, std::uint64_t offset) const {
  const std::string& bytes = nodes_.at(id).bytes;
  if (offset >= bytes.size()) return 0;
  const std::size_t count = std::min<std::size_t>(size, bytes.size() - offset);
  std::memcpy(into, bytes.data() + offset, count);
  return static_cast<int>(count);
}

std::vector<std::string> DropTree::names(Id folder) const {
  std::vector<std::string> out;
  for (const auto& [name, id] : nodes_.at(folder).entries) out.push_back(name);
  return out;
}

void DropTree::hold(Id id) { ++nodes_.at(id).held; }
void DropTree::release(Id id) {
  if (const auto found = nodes_.find(id); found != nodes_.end()) --found->second.held;
}

void DropTree::sync_file(Id id) { nodes_.at(id).synced = nodes_.at(id).bytes; }

void DropTree::sync_folder(Id id) {
  std::erase_if(changes_, [&](const Change& change) {
    if (change.from != id && change.to != id) return false;
    apply(change);
    return true;
  });
}

// Sectors are whole or not there at all; the disk writes them in any order.
std::string DropTree::torn_bytes(const Node& node, Torn torn, std::mt19937& random) {
  const std::string& new_bytes = node.bytes;
  if (torn == Torn::kNothing || new_bytes == node.synced) return node.synced;
  std::vector<std::size_t> changed;
  const std::size_t sectors = (std::max(new_bytes.size(), node.synced.size()) + kSector - 1) / kSector;
  const auto sector = [](const std::string& bytes, std::size_t i) {
    return i * kSector < bytes.size() ? std::string_view(bytes).substr(i * kSector, kSector) : std::string_view();
  };
  for (std::size_t i = 0; i < sectors; ++i) {
    if (sector(new_bytes, i) != sector(node.synced, i)) changed.push_back(i);
  }
  std::size_t most = torn == Torn::kPrefix ? random() % (changed.size() + 1) : changed.size();
  std::string out = node.synced;
  for (const std::size_t i : changed) {
    if (torn == Torn::kPrefix ? most-- == 0 : random() % 2 == 0) {
      if (torn == Torn::kPrefix) break;
      continue;
    }
    const std::string_view bytes = sector(new_bytes, i);
    if (out.size() < i * kSector + bytes.size()) out.resize(i * kSector + bytes.size());
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(i * kSector));
    if (bytes.size() < kSector && out.size() > i * kSector + bytes.size()) out.resize(i * kSector + bytes.size());
  }
  return out;
}

void DropTree::cut(Torn torn, std::mt19937& random) {
  const std::size_t kept = torn == Torn::kNothing ? 0 : random() % (changes_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) apply(changes_[i]);
  changes_.clear();
  for (auto& [id, node] : nodes_) {
    if (node.folder) {
      node.entries = node.on_disk;
    } else {
      node.bytes = node.synced = torn_bytes(node, torn, random);
    }
  }
  forget_lost();
}

// What no name leads to any more is gone, unless a file that was open then still stands for it.
void DropTree::forget_lost() {
  std::set<Id> reached = {kRoot};
  std::vector<Id> open = {kRoot};
  while (!open.empty()) {
    const Id id = open.back();
    open.pop_back();
    for (const auto& [name, child] : nodes_.at(id).entries) {
      if (reached.insert(child).second) open.push_back(child);
    }
  }
  std::erase_if(nodes_, [&](const auto& entry) { return reached.count(entry.first) == 0 && entry.second.held <= 0; });
}

}  // namespace assay::test
