// SPDX-License-Identifier: Apache-2.0
// Files and folders in memory, as programs see them and as a disk holds them that has lost its power. What nobody has
// synced may be there afterwards, or not, or in part: the harshest reading of POSIX, where fsync() of a file says
// nothing of its name, and fsync() of a folder nothing of what its files hold.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace assay::test {

// How much of what was not synced a cut leaves behind.
enum class Torn : std::uint8_t {
  kNothing,  // nothing
  kPrefix,   // the first changes; of a file the first of its new sectors
  kSectors,  // the first changes of names; of files any of the new sectors, with holes between them
};

// Every call returns 0 or more, or -errno. Paths are absolute; links are not known here.
class DropTree {
 public:
  using Id = std::uint64_t;
  static constexpr std::size_t kSector = 512;

  DropTree();

  [[nodiscard]] int find(std::string_view path, Id& id) const;
  void attributes(Id id, struct stat& out) const;
  int create(std::string_view path, mode_t mode, Id& id);  // a file; mode holds permissions only
  int make_folder(std::string_view path, mode_t mode);
  int remove_file(std::string_view path);
  int remove_folder(std::string_view path);
  int rename(std::string_view from, std::string_view to, bool replace);
  void change_mode(Id id, mode_t mode);
  void change_times(Id id, const timespec& accessed, const timespec& modified);
  void truncate(Id id, std::uint64_t size);
  int write(Id id, std::string_view bytes, std::uint64_t offset);
  int read(Id id, char* into, std::size_t size, std::uint64_t offset) const;
  [[nodiscard]] std::vector<std::string> names(Id folder) const;
  // What an open file needs to outlive its name.
  void hold(Id id);
  void release(Id id);

  void sync_file(Id id);
  void sync_folder(Id id);
  // The power goes and comes back.
  void cut(Torn torn, std::mt19937& random);

 private:
  struct Node {
    bool folder = false;
    mode_t mode = 0;
    timespec accessed{};
    timespec modified{};
    std::string bytes;                  // of a file, as programs see it
    std::string synced;                 // as the disk surely holds it
    std::map<std::string, Id> entries;  // of a folder, as programs see it
    std::map<std::string, Id> on_disk;  // as the disk surely holds it
    int held = 0;
  };
  // A change of names that no folder's sync has covered yet. A rename is one change.
  struct Change {
    Id from = 0;  // a name is taken away from here; 0: none is
    std::string old_name = {};
    Id to = 0;  // and given here; 0: none is
    std::string new_name = {};
    Id node = 0;
  };

  static std::pair<std::string_view, std::string_view> parent_and_name(std::string_view path);
  int parent_of(std::string_view path, Id& id, std::string& name) const;
  Id add(bool folder, mode_t mode);
  void note(Change change);
  void apply(const Change& change);
  void forget_lost();
  static std::string torn_bytes(const Node& node, Torn torn, std::mt19937& random);

  std::map<Id, Node> nodes_;
  std::vector<Change> changes_;
  Id next_ = 1;
};

}  // namespace assay::test
