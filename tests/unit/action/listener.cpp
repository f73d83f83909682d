// SPDX-License-Identifier: Apache-2.0
// A server and its client for tests of services. "listener PORT WORD": says WORD to everyone who connects to
// 127.0.0.1:PORT, and on its output that it is ready. "listener --ask PORT": prints what it is told there.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace {

int complain(const char* what) {
  std::perror(what);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const bool ask = std::string_view(argv[1]) == "--ask";
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(std::atoi(argv[ask ? 2 : 1])));
  auto* const generic = reinterpret_cast<sockaddr*>(&address);  // the sockets API's own idiom
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  if (ask) {
    if (::connect(fd, generic, sizeof address) != 0) return complain("connect");
    char word[64] = {};
    if (::read(fd, word, sizeof word - 1) <= 0) return complain("read");
    std::puts(word);
    return 0;
  }
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(fd, generic, sizeof address) != 0 || ::listen(fd, 8) != 0) return complain("listen");
  std::printf("ready %d\n", static_cast<int>(::getpid()));
  std::fflush(stdout);
  for (;;) {
    const int peer = ::accept(fd, nullptr, nullptr);
    if (peer < 0) return complain("accept");
    // One that only looked whether we are there may be gone again: that is no reason to end.
    ::send(peer, argv[2], std::strlen(argv[2]), MSG_NOSIGNAL);
    ::close(peer);
  }
}
