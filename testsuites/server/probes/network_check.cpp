// SPDX-License-Identifier: Apache-2.0
// The network stack of the system, over the loopback interface: what is sent arrives whole and in order, over TCP and
// UDP, IPv4 and IPv6; and how long a small message takes there and back.
//
//   network_check --mode integrity|latency [--seconds 1] [--inject none|corrupt|slow]
//
// `--inject corrupt` changes one byte on its way; `--inject slow` answers each message after five more round trips.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "probe.h"

namespace {

class Socket {
 public:
  Socket(int family, int type) : fd_(socket(family, type | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw std::runtime_error(std::string("cannot make a socket: ") + std::strerror(errno));
    limit_waiting();
  }
  explicit Socket(int fd) : fd_(fd) {
    if (fd_ < 0) throw std::runtime_error(std::string("cannot accept a connection: ") + std::strerror(errno));
    limit_waiting();
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(fd_); }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  // Loopback answers in microseconds; five seconds of silence is a fault, not patience.
  void limit_waiting() const {
    const timeval wait{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    const int yes = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  int fd_;
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

Address loopback(int family) {
  Address address;
  if (family == AF_INET) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&address.storage, &v4, address.size = sizeof v4);
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    std::memcpy(&address.storage, &v6, address.size = sizeof v6);
  }
  return address;
}

// Binds to a port the system chooses; the address then holds it. False when the family is not configured.
bool bind_to(const Socket& socket, Address& address) {
  if (bind(socket.fd(), address.get(), address.size) != 0) {
    if (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT) return false;
    throw std::runtime_error(std::string("cannot bind to loopback: ") + std::strerror(errno));
  }
  return getsockname(socket.fd(), address.get(), &address.size) == 0;
}

bool send_all(const Socket& socket, const std::uint8_t* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = send(socket.fd(), data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receive_all(const Socket& socket, std::uint8_t* data, std::size_t size) {
  while (size > 0) {
    const ssize_t got = recv(socket.fd(), data, size, 0);
    if (got <= 0) return false;
    data += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::vector<std::uint8_t> message(std::size_t size, std::uint32_t seed) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    seed = seed * 1664525U + 1013904223U;
    bytes[i] = static_cast<std::uint8_t>(seed >> 24U);
  }
  return bytes;
}

struct Result {
  bool possible = true;  // the address family is configured
  std::int64_t bytes = 0;
  std::int64_t wrong = 0;  // bytes that differ or never came
};

Result check_tcp(int family, bool corrupt) {
  constexpr std::size_t kSize = std::size_t{16} << 20U;
  Address address = loopback(family);
  const Socket listener(family, SOCK_STREAM);
  if (!bind_to(listener, address)) return {.possible = false};
  if (listen(listener.fd(), 1) != 0) throw std::runtime_error("cannot listen on loopback");
  const std::vector<std::uint8_t> sent = message(kSize, 7);
  std::thread sender([&] {
    const Socket client(family, SOCK_STREAM);
    if (connect(client.fd(), address.get(), address.size) != 0) return;
    std::vector<std::uint8_t> copy = sent;
    if (corrupt) copy[kSize / 3] ^= 0x10U;
    send_all(client, copy.data(), copy.size());
  });
  std::vector<std::uint8_t> got(kSize);
  bool whole = false;
  try {
    const Socket server(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    whole = receive_all(server, got.data(), got.size());
  } catch (const std::runtime_error&) {
    // The sender never came: nothing arrived, which is what `wrong` then says.
  }
  sender.join();
  std::int64_t wrong = whole ? 0 : static_cast<std::int64_t>(kSize);
  for (std::size_t i = 0; whole && i < kSize; ++i) wrong += got[i] != sent[i] ? 1 : 0;
  return {.possible = true, .bytes = static_cast<std::int64_t>(kSize), .wrong = wrong};
}

// One datagram at a time, so that a full buffer is no loss.
Result check_udp(int family, bool corrupt) {
  constexpr std::size_t kSize = 1200;
  constexpr int kDatagrams = 2000;
  Address address = loopback(family);
  const Socket receiver(family, SOCK_DGRAM);
  if (!bind_to(receiver, address)) return {.possible = false};
  const Socket sender(family, SOCK_DGRAM);
  Result result;
  for (int i = 0; i < kDatagrams; ++i) {
    std::vector<std::uint8_t> sent = message(kSize, static_cast<std::uint32_t>(i));
    const std::vector<std::uint8_t> expected = sent;
    if (corrupt && i == kDatagrams / 2) sent[kSize / 3] ^= 0x10U;
    sendto(sender.fd(), sent.data(), sent.size(), 0, address.get(), address.size);
    std::vector<std::uint8_t> got(kSize + 1);
    const ssize_t size = recv(receiver.fd(), got.data(), got.size(), 0);
    result.bytes += static_cast<std::int64_t>(kSize);
    if (size != static_cast<ssize_t>(kSize)) {
      result.wrong += static_cast<std::int64_t>(kSize);
      break;
    }
    for (std::size_t k = 0; k < kSize; ++k) result.wrong += got[k] != expected[k] ? 1 : 0;
  }
  return result;
}

int integrity(const std::string& inject) {
  const bool corrupt = inject == "corrupt";
  const Result tcp4 = check_tcp(AF_INET, corrupt);
  const Result udp4 = check_udp(AF_INET, false);
  const Result tcp6 = check_tcp(AF_INET6, false);
  const Result udp6 = check_udp(AF_INET6, corrupt);
  const std::int64_t wrong = tcp4.wrong + udp4.wrong + tcp6.wrong + udp6.wrong;
  return probe::Object{}
      .text("probe", "network_check")
      .text("mode", "integrity")
      .boolean("ipv4", tcp4.possible && udp4.possible)
      .boolean("ipv6", tcp6.possible && udp6.possible)
      .integer("bytes", tcp4.bytes + udp4.bytes + tcp6.bytes + udp6.bytes)
      .integer("wrong_bytes", wrong)
      .finish(wrong > 0 ? probe::kFault : probe::kDone);
}

bool round_trip(const Socket& client, std::vector<std::uint8_t>& buffer) {
  return send_all(client, buffer.data(), buffer.size()) && receive_all(client, buffer.data(), buffer.size());
}

int latency(double seconds, bool slow) {
  constexpr std::size_t kSize = 64;
  constexpr std::size_t kWindows = 10;
  Address address = loopback(AF_INET);
  const Socket listener(AF_INET, SOCK_STREAM);
  if (!bind_to(listener, address)) throw probe::Cannot("IPv4 loopback is not configured");
  if (listen(listener.fd(), 1) != 0) throw std::runtime_error("cannot listen on loopback");
  std::thread echo([&] {
    const Socket server(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    std::uint8_t buffer[kSize];
    while (receive_all(server, buffer, kSize) && send_all(server, buffer, kSize)) {
    }
  });
  std::vector<double> micros;
  std::vector<double> windows;
  std::vector<double> windows_p99;
  bool whole = true;
  {
    const Socket client(AF_INET, SOCK_STREAM);
    whole = connect(client.fd(), address.get(), address.size) == 0;
    std::vector<std::uint8_t> buffer(kSize, 1);
    for (int i = 0; whole && i < 100; ++i) whole = round_trip(client, buffer);  // warm-up
    while (whole && windows.size() < kWindows) {
      std::vector<double> window;
      const auto start = std::chrono::steady_clock::now();
      auto now = start;
      do {
        const auto before = now;
        for (int trip = 0; whole && trip < (slow ? 6 : 1); ++trip) whole = round_trip(client, buffer);
        now = std::chrono::steady_clock::now();
        window.push_back(std::chrono::duration<double>(now - before).count() * 1e6);
      } while (whole && std::chrono::duration<double>(now - start).count() < seconds / kWindows &&
               window.size() < 1'000'000);
      std::sort(window.begin(), window.end());
      windows.push_back(window[window.size() / 2]);
      windows_p99.push_back(window[window.size() * 99 / 100]);
      micros.insert(micros.end(), window.begin(), window.end());
    }
  }
  echo.join();
  if (!whole || micros.empty()) throw std::runtime_error("the loopback connection broke");
  std::sort(micros.begin(), micros.end());
  return probe::Object{}
      .text("probe", "network_check")
      .text("mode", "latency")
      .integer("round_trips", static_cast<std::int64_t>(micros.size()))
      .number("median_us", micros[micros.size() / 2])
      .number("p99_us", micros[micros.size() * 99 / 100])
      .numbers("windows_us", windows)
      .numbers("windows_p99_us", windows_p99)
      .finish(probe::kDone);
}

int check(int argc, char** argv) {
  const probe::Options options(argc, argv, {{"mode", ""}, {"seconds", "1"}, {"inject", "none"}});
  const std::string mode = options.one_of("mode", {"integrity", "latency"});
  const std::string inject = options.one_of("inject", {"none", "corrupt", "slow"});
  const double seconds = options.number("seconds", 0.01, 3600);
  return mode == "integrity" ? integrity(inject) : latency(seconds, inject == "slow");
}

}  // namespace

int main(int argc, char** argv) {
  return probe::run("network_check", [&] { return check(argc, argv); });
}
