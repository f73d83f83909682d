// SPDX-License-Identifier: Apache-2.0
#include "support/sample_durable_run.h"

#include <nlohmann/json.hpp>

#include "support/sample_record.h"

namespace assay::test {

namespace {

using record::AttemptRecord;
using record::RunRecord;
using record::Status;
using record::StepRecord;
using record::Verdict;

WallTime at(double seconds) {
  return parse_rfc3339("2026-11-21T08:30:00Z").value() +
         std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(seconds));
}

StepRecord& add(RunRecord& run, const std::string& id, const std::string& name, const std::string& zh, double from,
                double to, std::vector<std::string> needs = {}) {
  StepRecord step = sample_test(id, "", "");
  step.action = "run";
  step.effect = "changes";
  step.name = name;
  step.extra.edit().name_zh = zh;
  step.needs = std::move(needs);
  step.evidence.clear();
  step.command = {"/usr/sbin/deploy", id.substr(0, id.find('['))};
  step.started = at(from);
  step.finished = at(to);
  step.duration_s = to - from;
  run.steps.push_back(std::move(step));
  return run.steps.back();
}

AttemptRecord attempt(int number, double from, std::optional<double> to, Verdict verdict, const std::string& failure,
                      const std::string& reason) {
  AttemptRecord out;
  out.number = number;
  out.status = !to ? Status::kRunning : verdict == Verdict::kError ? Status::kError : Status::kFinished;
  out.verdict = verdict;
  out.failure = failure;
  out.reason = reason;
  out.started = at(from);
  if (to) out.finished = at(*to);
  if (to && verdict == Verdict::kFail) out.exit_code = 1;
  return out;
}

void hold(RunRecord& run, const std::string& id, const std::string& name) {
  StepRecord step = sample_test(id, "", "");
  step.action = "use";
  step.name = name;
  step.attempts = 0;
  step.duration_s = 0;
  step.evidence.clear();
  step.command.clear();
  step.exit_code.reset();
  run.steps.push_back(std::move(step));
}

RunRecord empty_durable_run() {
  RunRecord run;
  run.id = "20261121T083000Z-5d0a17";
  run.folder = "/var/lib/assay/runs/20261121T083000Z-5d0a17";
  run.assay_version = "0.1.0";
  run.title = "Bring up a rack";
  run.recipe_name = "rack";
  run.recipe_version = "3.0.0";
  run.status = Status::kFinished;
  run.verdict = Verdict::kPass;
  run.exit_code = 0;
  run.started = at(0);
  run.header = {{"format", "assay.run/1"}};
  return run;
}

}  // namespace

RunRecord durable_run() {
  RunRecord run = empty_durable_run();
  add(run, "fetch", "Fetch the images", "获取镜像", 1, 63);
  StepRecord& flash = add(run, "flash", "Flash the firmware", "刷写固件", 63, 331, {"fetch"});
  flash.attempts = 3;
  flash.change = "changed";
  flash.tries = {attempt(1, 63, 123, Verdict::kError, "infrastructure", "timed out after 60 s"),
                 attempt(2, 133, 171, Verdict::kFail, "application", "exit code 1: the BMC is busy"),
                 attempt(3, 191, 331, Verdict::kPass, "", "")};
  hold(run, "install", "Install the hosts");
  for (const auto& [host, from, to] : {std::tuple("n1", 63.0, 402.0), {"n2", 63.0, 371.0}}) {
    const std::string outer = "install/";
    add(run, outer + "disk@" + host, "Partition the disk", "磁盘分区", from, from + 20, {"fetch"}).change = "changed";
    add(run, outer + "image@" + host, "Write the image", "写入镜像", from + 20, to, {"install/disk"}).change =
        "changed";
    add(run, outer + "users@" + host, "Create the users", "创建用户", to, to + 4, {"install/image"}).change = "ok";
  }
  StepRecord& approve = add(run, "approve", "Is the rack wired?", "确认接线", 406, 652, {"flash", "install"});
  approve.action = "approve";
  approve.command.clear();
  run.questions.push_back({.step = "approve",
                           .question = "Are both power feeds of rack 7 wired?",
                           .type = "enum",
                           .choices = {"yes", "no"},
                           .asked = at(406),
                           .answer = "yes",
                           .who = "lin",
                           .note = "feed B was loose",
                           .answered = at(652)});
  StepRecord& reboot = add(run, "reboot", "Reboot this machine", "重启本机", 652, 840, {"approve"});
  reboot.attempts = 2;
  reboot.tries = {attempt(1, 652, std::nullopt, Verdict::kError, "", "interrupted"),
                  attempt(2, 815, 840, Verdict::kPass, "", "")};
  run.resumed.push_back(
      {.time = at(815), .redone = {{"reboot", "it was interrupted: the boot id is checked"}}, .changes = {}});
  add(run, "soak", "Memory under load", "内存压力", 840, 1840, {"reboot"});
  StepRecord& network = add(run, "links", "Links are up", "链路状态", 840, 846, {"reboot"});
  network.verdict = Verdict::kFail;
  network.blocker = false;
  network.reason = "eth1 has no carrier";
  network.exit_code = 1;
  StepRecord& sensors = add(run, "sensors", "Sensors are quiet", "传感器", 846, 911, {"reboot"});
  sensors.rescued = true;
  run.finished = at(1841);
  return run;
}

RunRecord waiting_run() {
  RunRecord run = durable_run();
  run.status = Status::kWaiting;
  run.verdict = Verdict::kInconclusive;
  run.exit_code = 4;
  run.finished.reset();
  run.resumed.clear();
  run.questions.front().answer = nullptr;
  run.questions.front().who.clear();
  run.questions.front().note.clear();
  run.questions.front().answered.reset();
  bool after = false;
  for (StepRecord& step : run.steps) {
    if (after) {
      const StepRecord planned = step;
      step = StepRecord();
      step.id = planned.id;
      step.name = planned.name;
      step.action = planned.action;
      step.needs = planned.needs;
      step.outputs = Json::object();
    }
    if (step.id != "approve") continue;
    step.status = Status::kWaiting;
    step.verdict = Verdict::kSkipped;
    step.finished.reset();
    after = true;
  }
  return run;
}

RunRecord wide_run(int count, int lanes) {
  RunRecord run = empty_durable_run();
  run.title = "Many steps";
  for (int i = 0; i < count; ++i) {
    const double from = i / lanes;
    StepRecord& step = add(run, "check[n=" + std::to_string(i) + "]", "", "", from, from + 1);
    step.command = {"/bin/true"};
    if (i % 1000 != 999) continue;
    step.verdict = Verdict::kFail;
    step.reason = "exit code 1";
    step.exit_code = 1;
  }
  run.verdict = count > 999 ? Verdict::kFail : Verdict::kPass;
  run.exit_code = count > 999 ? 1 : 0;
  run.finished = at((count + lanes - 1) / lanes);
  return run;
}

}  // namespace assay::test
