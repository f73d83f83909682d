// SPDX-License-Identifier: Apache-2.0
// OpenCL 1.2 through the system's loader, opened at run time: the probe builds and starts on a machine without OpenCL
// and says so. Handles close themselves.
#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace opencl {

#define OPENCL_FUNCTIONS(X)                                                                                           \
  X(clGetPlatformIDs)                                                                                                 \
  X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo) X(clCreateContext) X(clReleaseContext)                    \
      X(clCreateCommandQueue) X(clReleaseCommandQueue) X(clCreateBuffer) X(clReleaseMemObject)                        \
          X(clCreateProgramWithSource) X(clReleaseProgram) X(clBuildProgram) X(clGetProgramBuildInfo)                 \
              X(clCreateKernel) X(clReleaseKernel) X(clSetKernelArg) X(clEnqueueNDRangeKernel) X(clEnqueueReadBuffer) \
                  X(clEnqueueWriteBuffer) X(clEnqueueFillBuffer) X(clEnqueueMapBuffer) X(clEnqueueUnmapMemObject)     \
                      X(clFinish)

// The functions of the loader. Entry points of later versions are not asked for.
struct Api {
#define OPENCL_MEMBER(name) decltype(&::name) name = nullptr;
  OPENCL_FUNCTIONS(OPENCL_MEMBER)
#undef OPENCL_MEMBER
};

// Opens libOpenCL.so.1 once; throws probe::Cannot when it is not there or lacks a function.
const Api& api();

// A call that did not return CL_SUCCESS: what was asked and the code.
struct Failure : std::runtime_error {
  Failure(const std::string& what, cl_int code);
  cl_int code;
  [[nodiscard]] bool out_of_memory() const;
};
void check(cl_int code, const char* what);

template <class T>
using Handle = std::shared_ptr<std::remove_pointer_t<T>>;

// One device of one platform, described.
struct DeviceInfo {
  cl_device_id id = nullptr;
  std::string platform;
  std::string name;
  std::string vendor;
  std::string version;
  std::string driver;
  std::string type;  // "cpu", "gpu", "accelerator", "other"
  std::uint64_t memory_bytes = 0;
  std::uint64_t largest_allocation_bytes = 0;
  std::uint32_t compute_units = 0;
  std::size_t work_group_size = 1;
  bool available = false;
  bool has_compiler = false;
  bool error_correction = false;
};

// All devices of all platforms, in the order the loader gives them. A platform without devices adds none.
std::vector<DeviceInfo> devices();

// A context, an in-order queue and our kernels on one device.
class Session {
 public:
  explicit Session(const DeviceInfo& device);

  [[nodiscard]] Handle<cl_mem> buffer(std::size_t bytes, cl_mem_flags flags = CL_MEM_READ_WRITE) const;
  // Enqueues kernel `name` over `items` work items. Arguments are buffers or plain integers, in order.
  template <class... Args>
  void launch(const char* name, std::size_t items, std::size_t group, const Args&... args) const {
    cl_kernel work = kernel(name);
    cl_uint index = 0;
    (set_argument(work, index++, args), ...);
    enqueue(work, items, group);
  }
  void write(const Handle<cl_mem>& buffer, const void* data, std::size_t bytes, std::size_t offset = 0) const;
  void read(const Handle<cl_mem>& buffer, void* data, std::size_t bytes) const;
  void fill(const Handle<cl_mem>& buffer, std::uint32_t word, std::size_t bytes, std::size_t offset = 0) const;
  // Host memory the driver can reach directly, mapped for the life of the handle.
  [[nodiscard]] Handle<void*> pinned(std::size_t bytes) const;
  void finish() const;

 private:
  // Made at the first use and kept: making a kernel costs more than launching it.
  [[nodiscard]] cl_kernel kernel(const std::string& name) const;
  static void set_bytes(cl_kernel kernel, cl_uint index, std::size_t size, const void* value);
  static void set_argument(cl_kernel kernel, cl_uint index, const Handle<cl_mem>& buffer) {
    cl_mem memory = buffer.get();
    set_bytes(kernel, index, sizeof memory, &memory);
  }
  static void set_argument(cl_kernel kernel, cl_uint index, cl_uint value) {
    set_bytes(kernel, index, sizeof value, &value);
  }
  void enqueue(cl_kernel kernel, std::size_t items, std::size_t group) const;

  Handle<cl_context> context_;
  Handle<cl_command_queue> queue_;
  Handle<cl_program> program_;
  mutable std::map<std::string, Handle<cl_kernel>> kernels_;
};

}  // namespace opencl
