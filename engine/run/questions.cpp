// SPDX-License-Identifier: Apache-2.0
#include "engine/run/questions.h"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <limits>
#include <vector>

#include "engine/base/files.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/record/step_json.h"

namespace assay::run {
namespace asio = boost::asio;
namespace {

constexpr std::size_t kLongestAnswer = std::size_t{64} << 10U;
constexpr std::size_t kLargestFile = std::size_t{1}
                                     << 20U;  // one with an answer: JSON of six bytes for one, and a note

std::filesystem::path answer_file(const std::filesystem::path& folder, const std::string& step) {
  return folder / (sha256_hex(step) + ".json");
}

tl::unexpected<Diagnostic> wrong_answer(const record::QuestionRecord& question, const std::string& text,
                                        std::string expected) {
  return failure(Diagnostic{
      .code = Code::kBadValue,
      .message = "'" + shorten(printable(text), 60) + "' is no answer to the question of '" + question.step + "'",
      .expected = std::move(expected)});
}

}  // namespace

std::filesystem::path answers_folder(const std::filesystem::path& store, const std::string& run) {
  return store / "locks" / (run + ".answers");
}

Result<void> leave_answer(const std::filesystem::path& folder, const record::QuestionRecord& answer) {
  ASSAY_CHECK(make_directories(folder));
  Json json = {{"step", answer.step}, {"answer", answer.answer}, {"who", answer.who}};
  if (!answer.note.empty()) json["note"] = answer.note;
  if (!answer.question.empty()) json["asked"] = record::question_to_json(answer);
  return write_file_atomically(answer_file(folder, answer.step), to_json_line(json) + '\n', 0600);
}

std::optional<record::QuestionRecord> take_answer(const std::filesystem::path& folder,
                                                  const record::QuestionRecord& question) {
  const std::filesystem::path file = answer_file(folder, question.step);
  if (::access(file.c_str(), F_OK) != 0) return std::nullopt;
  const auto text = read_file(file, kLargestFile);
  ::unlink(file.c_str());
  const auto json = text ? parse_json(*text, file.string()) : Result<Json>(failure(text.error()));
  if (!json || !json->is_object() || !json->contains("answer") || !fits(question, (*json)["answer"]))
    return std::nullopt;
  const auto asked = json->find("asked");
  if (asked != json->end() && !same_question(record::question_from_json(*asked), question)) return std::nullopt;
  record::QuestionRecord out{.step = question.step, .answer = (*json)["answer"]};
  for (const auto& [key, value] : {std::pair("who", &out.who), std::pair("note", &out.note)}) {
    if (const auto found = json->find(key); found != json->end() && found->is_string())
      *value = found->get<std::string>();
  }
  return out;
}

bool fits(const record::QuestionRecord& question, const Json& answer) {
  if (question.type == "bool") return answer.is_boolean();
  // One that is not negative is kept unsigned, and may be larger than int is.
  if (question.type == "int")
    return answer.is_number_integer() &&
           (!answer.is_number_unsigned() ||
            answer.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (question.type == "number") return answer.is_number();
  if (!answer.is_string()) return false;
  const auto& text = answer.get_ref<const std::string&>();
  if (question.type == "enum")
    return std::find(question.choices.begin(), question.choices.end(), text) != question.choices.end();
  return text.size() <= kLongestAnswer && is_valid_utf8(text) && text.find('\0') == std::string::npos;
}

bool same_question(const record::QuestionRecord& one, const record::QuestionRecord& other) {
  return one.question == other.question && one.type == other.type && one.choices == other.choices;
}

Result<Json> parse_answer(const record::QuestionRecord& question, const std::string& text) {
  if (question.type == "enum") {
    if (fits(question, Json(text))) return Json(text);
    return wrong_answer(question, text, "one of: " + join(question.choices, ", "));
  }
  if (question.type == "bool") {
    for (const char* yes : {"yes", "y", "true"}) {
      if (text == yes) return Json(true);
    }
    for (const char* no : {"no", "n", "false"}) {
      if (text == no) return Json(false);
    }
    return wrong_answer(question, text, "yes or no");
  }
  if (question.type == "int" || question.type == "number") {
    const auto number = parse_json(text, "answer");
    if (number && fits(question, *number)) return *number;
    return wrong_answer(question, text, question.type == "int" ? "a whole number" : "a number");
  }
  if (!fits(question, Json(text))) return wrong_answer(question, text, "text of at most 64 KiB");
  return Json(text);
}

asio::awaitable<std::optional<record::QuestionRecord>> Questions::ask(record::QuestionRecord question,
                                                                      record::QuestionRecord written) {
  Open open{.question = std::move(question),
            .written = std::move(written),
            .wake = asio::steady_timer(loop_, asio::steady_timer::time_point::max())};
  open_[open.question.step] = &open;
  look();
  while (!open.answered && !open.closed) co_await open.wake.async_wait(asio::as_tuple(asio::use_awaitable));
  open_.erase(open.question.step);
  if (!open.answered) co_return std::nullopt;
  co_return std::move(open.question);
}

void Questions::answer(Open& open, const record::QuestionRecord& answer) {
  open.question.answer = answer.answer;
  open.question.who = answer.who;
  open.question.note = answer.note;
  open.answered = true;
  open.wake.cancel();
}

void Questions::look() {
  for (const auto& [step, open] : open_) {
    if (open->answered) continue;
    const auto left = take_answer(answers_, open->written);
    if (!left) continue;
    answer(*open, *left);
    withdraw(step);
  }
}

bool Questions::is_answered() const {
  return std::any_of(open_.begin(), open_.end(), [](const auto& one) { return one.second->answered; });
}

asio::awaitable<bool> Questions::put_to(Person& person) {
  const auto is_open = [](const auto& one) { return !one.second->answered && !one.second->closed; };
  bool any = false;
  for (;;) {
    const auto next = std::find_if(open_.begin(), open_.end(), is_open);
    if (next == open_.end()) co_return true;  // their steps go on
    const record::QuestionRecord question = next->second->question;
    asked_ = &person;
    put_ = question.step;
    const auto given = co_await person.ask(question);
    asked_ = nullptr;
    const auto still = open_.find(question.step);
    if (still != open_.end() && is_open(*still)) {
      if (!given) co_return any;
      answer(*still->second, *given);
    }
    any = true;
  }
}

void Questions::withdraw(const std::string& step) {
  if (asked_ != nullptr && put_ == step) asked_->withdraw();
}

void Questions::close() {
  for (const auto& [step, open] : open_) close(*open);
}

bool Questions::close(const std::string& step) {
  const auto open = open_.find(step);
  if (open == open_.end() || open->second->answered || open->second->closed) return false;
  close(*open->second);
  return true;
}

void Questions::close(Open& open) {
  open.closed = true;
  open.wake.cancel();
  withdraw(open.question.step);
}

}  // namespace assay::run
