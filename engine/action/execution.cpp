// SPDX-License-Identifier: Apache-2.0
#include "engine/action/execution.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/text.h"
#include "engine/expr/typed_json.h"
#include "engine/system/descendants.h"

namespace assay::action {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kMemoryLimit = std::size_t{8} << 20U;
constexpr std::size_t kArtifactCount = 1000;

class EvidenceSink final : public system::OutputSink {
 public:
  explicit EvidenceSink(const record::RunWriter& writer) : out_(writer.evidence()), err_(writer.evidence()) {
    out_.keep_at_most(kMemoryLimit);
    err_.keep_at_most(kMemoryLimit);
  }
  Result<void> on_output(system::Stream stream, std::string_view bytes) override {
    return (stream == system::Stream::kOut ? out_ : err_).append(bytes);
  }
  record::EvidenceWriter& out() { return out_; }
  record::EvidenceWriter& err() { return err_; }

 private:
  record::EvidenceWriter out_;
  record::EvidenceWriter err_;
};

Result<std::vector<std::string>> command_of(const StepContext& context, const recipe::RunAction& run,
                                            const std::filesystem::path& folder, const Names& names) {
  std::vector<std::string> command;
  if (run.probe) {
    ASSAY_TRY(const std::filesystem::path probe, context.target.find_probe(*run.probe));
    command.push_back(probe.string());
  }
  if (run.script) {
    const std::filesystem::path script = folder / ".assay-script";
    ASSAY_CHECK(write_file_atomically(script, run.script->text, 0600));
    command =
        run.bash ? std::vector<std::string>{"bash", "-eu", "-o", "pipefail"} : std::vector<std::string>{"sh", "-eu"};
    command.push_back(script.string());
  }
  for (const recipe::TextField& word : run.argv) {
    ASSAY_TRY(std::string text, names.text(word));
    command.push_back(std::move(text));
  }
  return command;
}

Result<void> add_script_values(const recipe::RunAction& run, const Names& names, system::ProcessSpec& spec,
                               std::string& told) {
  constexpr std::size_t kLongest = std::size_t{128} << 10U;
  if (!run.script) return {};
  for (const recipe::ShellScript::Variable& variable : run.script->variables) {
    ASSAY_TRY(const expr::Value value, names.evaluate(variable.expression));
    const auto text = expr::to_text(value);
    const SourceSpan& where = run.script->where;
    if (!text) {
      return failure(Diagnostic{.code = Code::kWrongType,
                                .where = where,
                                .message = "'" + variable.expression.text() + "' gives a " + expr::type_name(value) +
                                           ", which cannot be passed to a script"});
    }
    if (text->size() > kLongest || text->find('\0') != std::string::npos) {
      return failure(Diagnostic{.code = Code::kShellUnsafe,
                                .where = where,
                                .message = "the value of '" + variable.expression.text() +
                                           "' cannot be passed to a script: it has " + std::to_string(text->size()) +
                                           " bytes or a NUL",
                                .expected = "at most 128 KiB and no NUL byte"});
    }
    // The step's own `env` cannot replace what the script was written with.
    std::erase_if(spec.env, [&](const auto& entry) { return entry.first == variable.name; });
    spec.env.emplace_back(variable.name, *text);
    constexpr std::size_t kShown = 1000;
    told +=
        variable.name + "=" + shorten(visible(*text), kShown) + "  # " + printable(variable.expression.text()) + '\n';
  }
  return {};
}

// A field that may hold secrets; here, and nowhere else, they become what they are.
Result<std::string> text_with_secrets(const StepContext& context, const Names& names, const recipe::TextField& field) {
  ASSAY_TRY(const expr::Value value, names.evaluate(field.text));
  if (!value.is(expr::Kind::kSecret)) return names.text(field);
  if (context.secrets != nullptr) return context.secrets->reveal(value.as_secret());
  return failure(Diagnostic{
      .code = Code::kSecretSource, .where = field.where, .message = "the secrets of this run have not been read"});
}

// A variable cannot hold every secret.
Result<std::string> variable_text(const StepContext& context, const Names& names, const recipe::TextField& field) {
  ASSAY_TRY(std::string text, text_with_secrets(context, names, field));
  if (text.find('\0') == std::string::npos) return text;
  return failure(Diagnostic{.code = Code::kBadValue,
                            .where = field.where,
                            .message = "a variable cannot hold a NUL byte, and the value has one",
                            .help = "give it on standard input: `stdin`"});
}

std::filesystem::path recipe_folder(const StepContext& context) {
  return std::filesystem::absolute(context.planned.origin->base_dir / ".").lexically_normal();
}

// `script_values`: a line for each variable of a script.
Result<system::ProcessSpec> process_of(const StepContext& context, const recipe::RunAction& action,
                                       const std::filesystem::path& folder, const Names& names,
                                       std::string& script_values) {
  system::ProcessSpec spec;
  spec.env = context.target.step_environment();
  spec.env.emplace_back(std::string(system::kStepMark),
                        context.writer.id() + "/" + context.planned.id + "#" + std::to_string(context.attempt));
  spec.env.emplace_back("ASSAY_RECIPE_DIR", recipe_folder(context).string());
  for (const auto& item : context.planned.step->env) {
    const std::string& name = item.first.text;
    ASSAY_TRY(std::string value, variable_text(context, names, item.second));
    std::erase_if(spec.env, [&](const auto& entry) { return entry.first == name; });
    spec.env.emplace_back(name, std::move(value));
  }
  ASSAY_CHECK(add_script_values(action, names, spec, script_values));
  if (context.planned.step->stdin_text) {
    ASSAY_TRY(spec.input, text_with_secrets(context, names, *context.planned.step->stdin_text));
  }
  spec.cwd = folder;
  if (context.planned.step->cwd) {
    ASSAY_TRY(const std::string cwd, names.text(*context.planned.step->cwd));
    spec.cwd = std::filesystem::path(cwd).is_absolute() ? std::filesystem::path(cwd) : folder / cwd;
  }
  ASSAY_TRY(spec.argv, command_of(context, action, folder, names));
  spec.program = own_program(context, spec.argv.front(), context.planned.step->cwd ? spec.cwd : "");
  return spec;
}

struct Artifacts {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> remarks;  // what could not be looked at
};

// Relative paths below `folder` that match one of the globs, in order of name. Links are not followed. A folder that
// cannot be read costs a remark, not the files beside it.
Artifacts matching_files(const std::filesystem::path& folder, const std::vector<std::string>& globs) {
  constexpr std::size_t kMostLevels = 16;
  Artifacts out;
  const auto out_of_reach = [&out](const std::filesystem::path& path, const std::string& why) {
    out.remarks.push_back("artifacts in '" + (path.empty() ? "." : shorten(printable(path.string()), 160)) + "' " +
                          why);
  };
  std::vector<std::filesystem::path> open = {""};
  while (!open.empty()) {
    const std::filesystem::path inside = std::move(open.back());
    open.pop_back();
    std::error_code error;
    std::filesystem::directory_iterator it(folder / inside, error);
    for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
      std::error_code unknown;
      const auto status = it->symlink_status(unknown);
      const std::filesystem::path relative = inside / it->path().filename();
      if (unknown) {
        out_of_reach(relative, "could not be looked at: " + unknown.message());
        continue;
      }
      if (std::filesystem::is_directory(status)) {
        const bool near = static_cast<std::size_t>(std::distance(relative.begin(), relative.end())) <= kMostLevels;
        near ? open.push_back(relative) : out_of_reach(relative, "lie too deep");
        continue;
      }
      if (!std::filesystem::is_regular_file(status)) continue;
      const auto matches = [&](const std::string& glob) {
        return ::fnmatch(glob.c_str(), relative.c_str(), FNM_PERIOD) == 0;
      };
      if (std::any_of(globs.begin(), globs.end(), matches)) out.files.push_back(relative);
    }
    if (error) out_of_reach(inside, "could not be listed: " + error.message());
  }
  std::sort(out.files.begin(), out.files.end());
  std::sort(out.remarks.begin(), out.remarks.end());
  return out;
}

Result<void> keep_artifacts(StepContext& context, const std::filesystem::path& folder, const ExecutionRequest& request,
                            Execution& execution) {
  const auto& globs = context.planned.step->artifacts;
  if (globs.empty() || !request.artifacts) return {};
  auto [files, remarks] = matching_files(folder, globs);
  execution.remarks.insert(execution.remarks.end(), remarks.begin(), remarks.end());
  if (files.size() > kArtifactCount) {
    execution.remarks.push_back(std::to_string(files.size()) + " artifacts, only the first " +
                                std::to_string(kArtifactCount) + " were kept");
    files.resize(kArtifactCount);
  }
  for (const auto& file : files) {
    auto stored = context.writer.store_file(folder / file, request.evidence_prefix + "artifacts/" + file.string());
    if (!stored) {
      execution.remarks.push_back(stored.error().message);
      continue;
    }
    ASSAY_CHECK(context.writer.output(context.planned.id, context.attempt, *stored));
    execution.evidence.push_back(stored->ref);
  }
  return {};
}

// The text that the command names by a path which is gone afterwards, and the values of its variables.
Result<void> keep_script(StepContext& context, const recipe::RunAction& action, const std::string& values,
                         const ExecutionRequest& request, Execution& execution) {
  if (!action.script) return {};
  for (const auto& [name, bytes] : {std::pair("script", &action.script->text), std::pair("script-values", &values)}) {
    if (bytes->empty()) continue;
    ASSAY_TRY(const record::StoredBytes stored, context.writer.store_bytes(*bytes, request.evidence_prefix + name));
    ASSAY_CHECK(context.writer.output(context.planned.id, context.attempt, stored));
    execution.evidence.push_back(stored.ref);
  }
  return {};
}

Result<void> keep_output(StepContext& context, const ExecutionRequest& request, EvidenceSink& sink,
                         Execution& execution) {
  for (auto* stream : {&sink.out(), &sink.err()}) {
    const bool is_out = stream == &sink.out();
    ASSAY_CHECK(stream->end());
    (is_out ? execution.out : execution.err) = stream->beginning();
    (is_out ? execution.out_complete : execution.err_complete) = stream->size() <= stream->beginning().size();
    if (stream->size() == 0) continue;
    ASSAY_TRY(const record::StoredBytes stored,
              stream->finish(request.evidence_prefix + (is_out ? "stdout" : "stderr")));
    ASSAY_CHECK(context.writer.output(context.planned.id, context.attempt, stored));
    execution.evidence.push_back(stored.ref);
  }
  return {};
}

// What the program said last, for reasons: the last line with text, of stderr or else of stdout.
std::string last_words(const Execution& execution) {
  for (const std::string* text : {&execution.err, &execution.out}) {
    const auto all = lines(*text);
    const auto last = std::find_if(all.rbegin(), all.rend(), [](std::string_view line) { return !trim(line).empty(); });
    if (last != all.rend()) return shorten(printable(trim(*last)), 160);
  }
  return {};
}

// The line that says it begins: on the disk before the attempt has an effect.
asio::awaitable<Result<void>> write_start(StepContext& context, const ExecutionRequest& request,
                                          const std::vector<std::string>& command) {
  const bool begins = !context.attempt_begun;
  record::Start start{.attempt = context.attempt, .command = command, .part = begins ? std::string() : request.part};
  start.counters = std::exchange(context.counters, std::nullopt);
  if (auto written = context.writer.started(context.planned.id, start); !written) co_return written;
  context.attempt_begun = true;
  if (request.part == "run") context.acted = true;
  if (!begins) co_return Result<void>{};
  co_return co_await context.writer.on_disk();
}

// The shorter of the step's timeout and what is left until its deadline.
system::ProcessLimits limits_of(const StepContext& context, const ExecutionRequest& request, Execution& execution) {
  const recipe::Step& step = *context.planned.step;
  system::ProcessLimits limits{.timeout = step.timeout.value_or(request.default_timeout), .grace = context.grace};
  if (limits.timeout.count() > 0)
    execution.time_limit = "timeout: it ran longer than " + format_duration(limits.timeout);
  if (!context.deadline) return limits;
  const auto left =
      std::max(std::chrono::nanoseconds(1),
               std::chrono::duration_cast<std::chrono::nanoseconds>(*context.deadline - context.clock.steady()));
  if (limits.timeout.count() == 0 || left < limits.timeout) {
    limits.timeout = left;
    execution.time_limit = "deadline: it was not done within " + format_duration(*step.deadline);
  }
  return limits;
}

bool contains(const std::vector<int>& codes, int code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

std::filesystem::path own_program(const StepContext& context, const std::string& argv0,
                                  const std::filesystem::path& cwd) {
  if (argv0.find('/') == std::string::npos || argv0.front() == '/') return {};
  return ((cwd.empty() ? recipe_folder(context) : cwd) / argv0).lexically_normal();
}

asio::awaitable<Result<void>> note_program(StepContext& context, const system::ProcessSpec& spec,
                                           const std::filesystem::path& folder) {
  const std::string program = spec.program.empty() ? spec.argv.front() : spec.program.string();
  if (!context.note_tool || program.starts_with(folder.string() + "/")) co_return Result<void>{};
  const std::string path(system::lookup(spec.env, "PATH"));
  co_return co_await context.note_tool(program, path);
}

asio::awaitable<Result<Execution>> execute(StepContext& context, const ExecutionRequest& request, Names& names) {
  const recipe::RunAction& action = request.action != nullptr ? *request.action : context.planned.step->run;
  auto folder = context.scratch.take();
  if (!folder) co_return failure(std::move(folder).error());
  names.set("scratch", expr::Value::string(folder->path().string()));
  std::string script_values;
  auto spec = process_of(context, action, folder->path(), names, script_values);
  if (!spec) co_return failure(std::move(spec).error());

  Execution execution;
  execution.command = spec->argv;
  if (auto noted = co_await note_program(context, *spec, folder->path()); !noted)
    co_return failure(std::move(noted).error());
  if (auto begun = co_await write_start(context, request, spec->argv); !begun) {
    co_return failure(std::move(begun).error());
  }
  if (auto kept = keep_script(context, action, script_values, request, execution); !kept)
    co_return failure(std::move(kept).error());
  EvidenceSink sink(context.writer);
  const system::ProcessLimits limits = limits_of(context, request, execution);
  const std::string mark(system::lookup(spec->env, system::kStepMark));
  auto exit = co_await context.processes.run(std::move(*spec), limits, mark, sink, context.stop);
  if (!exit) co_return failure(std::move(exit).error());
  execution.exit = *exit;
  if (exit->stray_processes > 0) {
    execution.remarks.push_back("it left " + std::to_string(exit->stray_processes) +
                                (exit->stray_processes == 1 ? " process" : " processes") + " behind; they were ended");
  }
  if (auto kept = keep_output(context, request, sink, execution); !kept) co_return failure(std::move(kept).error());
  if (auto kept = keep_artifacts(context, folder->path(), request, execution); !kept)
    co_return failure(std::move(kept).error());
  names.set("stdout", expr::Value::string(execution.out));
  names.set("stderr", expr::Value::string(execution.err));
  names.set("exit_code", expr::Value::integer(execution.exit.exit_code));
  co_return execution;
}

namespace {

// Outputs stand in one line of the journal, plain and, where that loses types of any of them, all of them typed; what
// readers refuse of a line would cost the whole record.
class RecordedOutputs {
 public:
  Result<void> add(const std::string& name, const recipe::ExpressionField& field, const expr::Value& value) {
    constexpr std::size_t kSmall = 256;
    if (value.is(expr::Kind::kInt) || value.is(expr::Kind::kBool)) return {};
    if (value.is(expr::Kind::kString) && value.as_string().size() <= kSmall) return {};
    const Json plain = expr::to_json(value);
    const Json typed = expr::to_typed_json(value);
    plain_ += to_json_line(plain).size();
    typed_ += to_json_line(typed).size();
    lossy_ = lossy_ || !expr::typed_json_where_needed(value).is_null();
    if (auto readable = check(plain, name); !readable) return refuse(field, readable.error().message);
    if (auto readable = check(typed, name); !readable && problem_.empty()) problem_ = readable.error().message;
    if (lossy_ && !problem_.empty()) return refuse(field, problem_);
    const std::size_t bytes = plain_ + (lossy_ ? typed_ : 0);
    if (bytes <= kLimit) return {};
    return refuse(field, "with '" + name + "' the outputs of the step have " + std::to_string(bytes) +
                             " bytes in the record, which has room for 8 MiB");
  }

 private:
  static constexpr std::size_t kLimit = std::size_t{8} << 20U;  // half a line
  static constexpr std::size_t kAround = 8;                     // levels of the line

  static Result<void> check(const Json& json, const std::string& name) {
    return check_readable(json, "the output '" + name + "'", JsonLimits{}.depth - kAround);
  }
  static tl::unexpected<Diagnostic> refuse(const recipe::ExpressionField& field, const std::string& why) {
    return failure(Diagnostic{.code = Code::kTooLarge,
                              .where = field.where,
                              .message = why + ": write it to a file and keep it under `artifacts`"});
  }

  std::size_t plain_ = 0;
  std::size_t typed_ = 0;
  bool lossy_ = false;
  std::string problem_;  // of the typed form of one
};

}  // namespace

Result<void> evaluate_outputs(const recipe::Step& step, const Execution& execution, Names& names, expr::Map& outputs) {
  RecordedOutputs recorded;
  names.set("outputs", expr::Value::map(outputs));
  for (const auto& [name, field] : step.outputs) {
    for (const auto& [stream, complete] :
         {std::pair("stdout", execution.out_complete), std::pair("stderr", execution.err_complete)}) {
      if (complete || field.expression.references().count(stream) == 0) continue;
      return failure(Diagnostic{.code = Code::kTooLarge,
                                .where = field.where,
                                .message = std::string(stream) + " is larger than 8 MiB, too large for an expression",
                                .help = "write it to a file and keep it under `artifacts`"});
    }
    auto value = names.evaluate(field.expression);
    if (!value)
      return failure(std::move(value).error().with_note("while reading the output '" + name.text +
                                                        "' from what the program printed"));
    ASSAY_CHECK(recorded.add(name.text, field, *value));
    outputs.set(name.text, std::move(*value));
    names.set("outputs", expr::Value::map(outputs));
  }
  return {};
}

std::optional<Ended> judge_exit(const recipe::Step& step, const Execution& execution) {
  using record::Status;
  using record::Verdict;
  const system::ProcessExit& exit = execution.exit;
  const std::string words = last_words(execution);
  const std::string said = words.empty() ? "" : ": " + words;
  switch (exit.ending) {
    case system::Ending::kCancelled: return Ended{Status::kCancelled, Verdict::kError, "stopped on request", {}, {}};
    case system::Ending::kTimedOut:
      return Ended{Status::kError, Verdict::kError, execution.time_limit + said, {}, "infrastructure"};
    case system::Ending::kKilled:
      return Ended{Status::kError,
                   Verdict::kError,
                   "killed by signal " + std::to_string(exit.signal) + " (" + ::strsignal(exit.signal) + ")" + said,
                   {},
                   "infrastructure"};
    case system::Ending::kExited: break;
  }
  if (contains(step.skip_exit, exit.exit_code)) {
    return Ended{Status::kSkipped,
                 Verdict::kSkipped,
                 "the tool says that it cannot run here (exit code " + std::to_string(exit.exit_code) + ")" + said,
                 "not_possible",
                 {}};
  }
  if (!contains(step.ok_exit, exit.exit_code)) {
    return Ended{
        Status::kFinished, Verdict::kFail, "exit code " + std::to_string(exit.exit_code) + said, {}, "application"};
  }
  return std::nullopt;
}

}  // namespace assay::action
