// SPDX-License-Identifier: Apache-2.0
#include "engine/run/reboot.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"

namespace assay::run {
namespace {

// "what: one, two and 3 more", or nothing.
void add_lines(std::string& out, const std::string& what, const std::vector<std::string>& lines) {
  constexpr std::size_t kMost = 8;
  if (lines.empty()) return;
  std::vector<std::string> shown = lines;
  if (shown.size() > kMost) shown.resize(kMost);
  out += (out.empty() ? "" : "; ") + what + ": " + join(shown, ", ");
  if (lines.size() > kMost) out += " and " + std::to_string(lines.size() - kMost) + " more";
}

// What of the machine's identity is not as it was; empty: nothing. Lines are sorted, equal ones count.
std::string changed_identity(const hardware::Facts& before, const hardware::Facts& now) {
  const auto old = hardware::identity_lines(before);
  const auto today = hardware::identity_lines(now);
  std::vector<std::string> gone;
  std::vector<std::string> fresh;
  std::set_difference(old.begin(), old.end(), today.begin(), today.end(), std::back_inserter(gone));
  std::set_difference(today.begin(), today.end(), old.begin(), old.end(), std::back_inserter(fresh));
  std::string out;
  add_lines(out, "gone", gone);
  add_lines(out, "new", fresh);
  return out.empty() ? out : "the machine came back as another one: " + out;
}

std::string late(const Returned& returned, Nanoseconds within) {
  const Nanoseconds after = returned.now - returned.left;
  if (after < Nanoseconds(0)) {
    return "the clock of the machine went back over the reboot: " + format_rfc3339(returned.left) + " before, " +
           format_rfc3339(returned.now) + " now";
  }
  const Nanoseconds took = returned.at_boot ? after : std::max(after - returned.boot.up, Nanoseconds(0));
  if (took <= within) return {};
  return "the machine came back after " + format_elapsed(took) + ", not within " + format_duration(within);
}

double seconds_of(const record::QuestionRecord& answered) {
  if (!answered.answer.is_object()) return 0;
  const auto found = answered.answer.find("seconds");
  return found != answered.answer.end() && found->is_number() ? found->get<double>() : 0;
}

}  // namespace

Boots boots_so_far(const record::RunRecord& record, const record::StepRecord& step) {
  Boots out;
  // A step that came to its end and is done again begins anew.
  if (step.tries.empty()) return out;
  const record::AttemptRecord& last = step.tries.back();
  out.begun = last.status == record::Status::kRunning || last.status == record::Status::kCancelled;
  if (!out.begun) return out;
  for (const record::QuestionRecord& question : record.questions) {
    if (question.step != step.id || question.type != "boot") continue;
    if (last.started && question.asked < *last.started) continue;
    if (!question.answered) {
      out.open = question;
      out.left = question.asked;
      continue;
    }
    out.seconds.push_back(seconds_of(question));
    if (!question.note.empty()) out.problem = question.note;
  }
  // Whoever took the run up since then found the same boot: in another one the question would be answered.
  for (const record::ResumeRecord& resume : record.resumed) out.left = std::max(out.left, resume.time);
  return out;
}

record::QuestionRecord judge_return(const record::QuestionRecord& asked, const Returned& returned, Nanoseconds within) {
  record::QuestionRecord out = asked;
  out.answered = returned.now;
  out.answer = {{"boot_id", returned.boot.id},
                {"seconds", std::chrono::duration<double>(returned.now - asked.asked).count()}};
  out.who = "the machine";
  out.note = late(returned, within);
  if (const std::string changed = changed_identity(returned.before, returned.facts); !changed.empty())
    out.note += (out.note.empty() ? "" : "; ") + changed;
  return out;
}

expr::Value outputs_of(const Boots& boots) {
  expr::List seconds;
  for (const double one : boots.seconds) seconds.push_back(expr::Value::number(one));
  expr::Map out;
  out.set("boots", expr::Value::integer(static_cast<std::int64_t>(boots.seconds.size())));
  out.set("seconds", expr::Value::list(std::move(seconds)));
  return expr::Value::map(std::move(out));
}

}  // namespace assay::run
