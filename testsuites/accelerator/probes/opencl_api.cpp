// SPDX-License-Identifier: Apache-2.0
#include "opencl_api.h"

#include <dlfcn.h>

#include <algorithm>

#include "opencl_kernels.h"
#include "probe.h"

namespace opencl {

namespace {

// From cl_ext.h: the loader found no driver.
constexpr cl_int kPlatformNotFound = -1001;

Api load() {
  void* library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) throw probe::Cannot("libOpenCL.so.1 is not installed (Debian: ocl-icd-libopencl1)");
  Api api;
#define OPENCL_LOAD(name)                                                 \
  api.name = reinterpret_cast<decltype(api.name)>(dlsym(library, #name)); \
  if (api.name == nullptr) throw probe::Cannot("libOpenCL.so.1 has no " #name);
  OPENCL_FUNCTIONS(OPENCL_LOAD)
#undef OPENCL_LOAD
  return api;
}

std::string platform_text(cl_platform_id platform, cl_platform_info what) {
  std::size_t size = 0;
  check(api().clGetPlatformInfo(platform, what, 0, nullptr, &size), "describe a platform");
  std::string text(size, '\0');
  check(api().clGetPlatformInfo(platform, what, size, text.data(), nullptr), "describe a platform");
  return text.substr(0, text.find('\0'));
}

std::string device_text(cl_device_id device, cl_device_info what) {
  std::size_t size = 0;
  check(api().clGetDeviceInfo(device, what, 0, nullptr, &size), "describe a device");
  std::string text(size, '\0');
  check(api().clGetDeviceInfo(device, what, size, text.data(), nullptr), "describe a device");
  return text.substr(0, text.find('\0'));
}

template <class T>
T device_value(cl_device_id device, cl_device_info what) {
  T value{};
  check(api().clGetDeviceInfo(device, what, sizeof value, &value, nullptr), "describe a device");
  return value;
}

const char* type_name(cl_device_type type) {
  if ((type & CL_DEVICE_TYPE_GPU) != 0) return "gpu";
  if ((type & CL_DEVICE_TYPE_ACCELERATOR) != 0) return "accelerator";
  return (type & CL_DEVICE_TYPE_CPU) != 0 ? "cpu" : "other";
}

DeviceInfo describe(cl_platform_id platform, cl_device_id id) {
  return {.id = id,
          .platform = platform_text(platform, CL_PLATFORM_NAME),
          .name = device_text(id, CL_DEVICE_NAME),
          .vendor = device_text(id, CL_DEVICE_VENDOR),
          .version = device_text(id, CL_DEVICE_VERSION),
          .driver = device_text(id, CL_DRIVER_VERSION),
          .type = type_name(device_value<cl_device_type>(id, CL_DEVICE_TYPE)),
          .memory_bytes = device_value<cl_ulong>(id, CL_DEVICE_GLOBAL_MEM_SIZE),
          .largest_allocation_bytes = device_value<cl_ulong>(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
          .compute_units = device_value<cl_uint>(id, CL_DEVICE_MAX_COMPUTE_UNITS),
          .work_group_size = device_value<std::size_t>(id, CL_DEVICE_MAX_WORK_GROUP_SIZE),
          .available = device_value<cl_bool>(id, CL_DEVICE_AVAILABLE) == CL_TRUE,
          .has_compiler = device_value<cl_bool>(id, CL_DEVICE_COMPILER_AVAILABLE) == CL_TRUE,
          .error_correction = device_value<cl_bool>(id, CL_DEVICE_ERROR_CORRECTION_SUPPORT) == CL_TRUE};
}

Handle<cl_program> build(cl_context context, cl_device_id device) {
  cl_int code = CL_SUCCESS;
  const char* source = kKernels;
  Handle<cl_program> program(api().clCreateProgramWithSource(context, 1, &source, nullptr, &code),
                             [](cl_program handle) {
                               if (handle != nullptr) api().clReleaseProgram(handle);
                             });
  check(code, "create a program");
  code = api().clBuildProgram(program.get(), 1, &device, "", nullptr, nullptr);
  if (code == CL_SUCCESS) return program;
  std::size_t size = 0;
  api().clGetProgramBuildInfo(program.get(), device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size);
  std::string log(std::min<std::size_t>(size, 1U << 20U), '\0');
  if (!log.empty())
    api().clGetProgramBuildInfo(program.get(), device, CL_PROGRAM_BUILD_LOG, log.size(), log.data(), nullptr);
  throw Failure("compile the kernels: " + log.substr(0, std::min<std::size_t>(log.find('\0'), 2000)), code);
}

}  // namespace

const Api& api() {
  static const Api kLoaded = load();
  return kLoaded;
}

Failure::Failure(const std::string& what, cl_int error)
    : std::runtime_error("cannot " + what + " (OpenCL error " + std::to_string(error) + ")"), code(error) {}

bool Failure::out_of_memory() const {
  return code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_RESOURCES || code == CL_OUT_OF_HOST_MEMORY;
}

void check(cl_int code, const char* what) {
  if (code != CL_SUCCESS) throw Failure(what, code);
}

std::vector<DeviceInfo> devices() {
  cl_uint count = 0;
  const cl_int code = api().clGetPlatformIDs(0, nullptr, &count);
  if (code == kPlatformNotFound || (code == CL_SUCCESS && count == 0))
    throw probe::Cannot("no OpenCL driver is installed");
  check(code, "list the platforms");
  std::vector<cl_platform_id> platforms(count);
  check(api().clGetPlatformIDs(count, platforms.data(), nullptr), "list the platforms");
  std::vector<DeviceInfo> found;
  for (cl_platform_id platform : platforms) {
    cl_uint size = 0;
    const cl_int listed = api().clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &size);
    if (listed == CL_DEVICE_NOT_FOUND || size == 0) continue;
    check(listed, "list the devices");
    std::vector<cl_device_id> ids(size);
    check(api().clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, size, ids.data(), nullptr), "list the devices");
    for (cl_device_id id : ids) found.push_back(describe(platform, id));
  }
  return found;
}

Session::Session(const DeviceInfo& device) {
  cl_int code = CL_SUCCESS;
  context_.reset(api().clCreateContext(nullptr, 1, &device.id, nullptr, nullptr, &code), [](cl_context handle) {
    if (handle != nullptr) api().clReleaseContext(handle);
  });
  check(code, "create a context");
  queue_.reset(api().clCreateCommandQueue(context_.get(), device.id, 0, &code), [](cl_command_queue handle) {
    if (handle != nullptr) api().clReleaseCommandQueue(handle);
  });
  check(code, "create a queue");
  program_ = build(context_.get(), device.id);
}

Handle<cl_mem> Session::buffer(std::size_t bytes, cl_mem_flags flags) const {
  cl_int code = CL_SUCCESS;
  Handle<cl_mem> memory(api().clCreateBuffer(context_.get(), flags, bytes, nullptr, &code), [](cl_mem handle) {
    if (handle != nullptr) api().clReleaseMemObject(handle);
  });
  check(code, "allocate device memory");
  return memory;
}

cl_kernel Session::kernel(const std::string& name) const {
  Handle<cl_kernel>& kept = kernels_[name];
  if (kept == nullptr) {
    cl_int code = CL_SUCCESS;
    kept.reset(api().clCreateKernel(program_.get(), name.c_str(), &code), [](cl_kernel handle) {
      if (handle != nullptr) api().clReleaseKernel(handle);
    });
    check(code, ("make kernel " + name).c_str());
  }
  return kept.get();
}

void Session::set_bytes(cl_kernel kernel, cl_uint index, std::size_t size, const void* value) {
  check(api().clSetKernelArg(kernel, index, size, value), "set an argument of a kernel");
}

void Session::enqueue(cl_kernel kernel, std::size_t items, std::size_t group) const {
  check(api().clEnqueueNDRangeKernel(queue_.get(), kernel, 1, nullptr, &items, group == 0 ? nullptr : &group, 0,
                                     nullptr, nullptr),
        "launch a kernel");
}

void Session::write(const Handle<cl_mem>& buffer, const void* data, std::size_t bytes, std::size_t offset) const {
  check(api().clEnqueueWriteBuffer(queue_.get(), buffer.get(), CL_TRUE, offset, bytes, data, 0, nullptr, nullptr),
        "write to the device");
}

void Session::read(const Handle<cl_mem>& buffer, void* data, std::size_t bytes) const {
  check(api().clEnqueueReadBuffer(queue_.get(), buffer.get(), CL_TRUE, 0, bytes, data, 0, nullptr, nullptr),
        "read from the device");
}

void Session::fill(const Handle<cl_mem>& buffer, std::uint32_t word, std::size_t bytes, std::size_t offset) const {
  check(api().clEnqueueFillBuffer(queue_.get(), buffer.get(), &word, sizeof word, offset, bytes, 0, nullptr, nullptr),
        "fill device memory");
}

Handle<void*> Session::pinned(std::size_t bytes) const {
  const Handle<cl_mem> memory = buffer(bytes, CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR);
  cl_int code = CL_SUCCESS;
  void* mapped = api().clEnqueueMapBuffer(queue_.get(), memory.get(), CL_TRUE, CL_MAP_READ | CL_MAP_WRITE, 0, bytes, 0,
                                          nullptr, nullptr, &code);
  check(code, "map host memory");
  return Handle<void*>(mapped, [memory, queue = queue_](void* address) {
    api().clEnqueueUnmapMemObject(queue.get(), memory.get(), address, 0, nullptr, nullptr);
    api().clFinish(queue.get());
  });
}

void Session::finish() const { check(api().clFinish(queue_.get()), "finish the work of the device"); }

}  // namespace opencl
