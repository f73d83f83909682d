// SPDX-License-Identifier: Apache-2.0
// Questions of a run to a person. While something else can be done the run goes on; answers come from a file beside the
// run (`assay answer`), from a terminal when nothing else is left to do, or with a later resume.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "engine/record/run_record.h"

namespace assay::run {

// Where people can be asked at once. Lives on the loop of the run, which goes on while a person thinks.
class Person {
 public:
  virtual ~Person() = default;
  // The question with its answer, who and note; nullopt: nobody answers now. The question outlives the wait.
  virtual boost::asio::awaitable<std::optional<record::QuestionRecord>> ask(const record::QuestionRecord& question) = 0;
  // The question needs no answer any more: ask() comes back soon.
  virtual void withdraw() = 0;
};

// Answers that wait for a running controller: STORE/locks/<run>.answers/, a file each, named by the SHA-256 of the
// step.
std::filesystem::path answers_folder(const std::filesystem::path& store, const std::string& run);
Result<void> leave_answer(const std::filesystem::path& folder, const record::QuestionRecord& answer);
// Takes the answer to a question, if one was left. One that cannot be read, does not fit or says that it answers
// another question of the step is removed and is none. `question`: as the journal has it, which is what those who
// answer read.
std::optional<record::QuestionRecord> take_answer(const std::filesystem::path& folder,
                                                  const record::QuestionRecord& question);

// Whether a value answers the question: of its type, one of its choices; numbers in the range of int, text of at most
// 64 KiB.
bool fits(const record::QuestionRecord& question, const Json& answer);
// Whether both ask for the same in the same words.
bool same_question(const record::QuestionRecord& one, const record::QuestionRecord& other);

// An answer that is there before the question is asked.
struct GivenAnswer {
  std::string text;
  std::string note;
  std::string who;
};

// The value that a text answers a question with: JSON of its type. Error kBadValue says what is wanted.
Result<Json> parse_answer(const record::QuestionRecord& question, const std::string& text);

class Questions {
 public:
  Questions(boost::asio::io_context& loop, std::filesystem::path answers) : loop_(loop), answers_(std::move(answers)) {}

  // Waits for an answer; nullopt: none will come in this session. `written`: the question as the journal has it.
  boost::asio::awaitable<std::optional<record::QuestionRecord>> ask(record::QuestionRecord question,
                                                                    record::QuestionRecord written);
  // Looks whether answers were left.
  void look();
  // Puts the open questions to a person, one after another, also those that come meanwhile; one that is answered from
  // elsewhere or closed is taken back. false: the person answers none now.
  boost::asio::awaitable<bool> put_to(Person& person);
  // A person has one of them before the eyes.
  [[nodiscard]] bool is_put() const { return asked_ != nullptr; }
  // One has an answer, and its step has not gone on yet.
  [[nodiscard]] bool is_answered() const;
  // Nobody will answer any more.
  void close();
  // Nor this one; false: it is not open, or has its answer.
  bool close(const std::string& step);
  [[nodiscard]] bool empty() const { return open_.empty(); }

 private:
  struct Open {
    record::QuestionRecord question;
    record::QuestionRecord written;
    boost::asio::steady_timer wake;
    bool answered = false;
    bool closed = false;
  };
  void close(Open& open);
  static void answer(Open& open, const record::QuestionRecord& answer);
  void withdraw(const std::string& step);

  boost::asio::io_context& loop_;
  std::filesystem::path answers_;
  std::map<std::string, Open*> open_;  // by step
  Person* asked_ = nullptr;            // who has one before the eyes
  std::string put_;                    // that of this step
};

}  // namespace assay::run
