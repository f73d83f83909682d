// SPDX-License-Identifier: Apache-2.0
#include "engine/rehearse/lone_machine.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace assay::rehearse {
namespace {

TEST(LoneMachine, LetsInWhatMayBeThereTogether) {
  LoneMachine machine;
  EXPECT_EQ(machine.enter(false).value(), std::nullopt);
  EXPECT_EQ(machine.enter(false).value(), std::nullopt);
  machine.leave();
  machine.leave();
  EXPECT_EQ(machine.enter(true).value(), std::nullopt);
  machine.leave();
  EXPECT_EQ(machine.enter(false).value(), std::nullopt);
}

TEST(LoneMachine, FindsAnEngineThatBreaksTheRules) {
  LoneMachine machine;
  EXPECT_THROW(machine.leave(), std::logic_error);
  EXPECT_EQ(machine.enter(false).value(), std::nullopt);
  EXPECT_THROW(static_cast<void>(machine.enter(true)), std::logic_error);
  machine.leave();
  EXPECT_EQ(machine.enter(true).value(), std::nullopt);
  EXPECT_THROW(static_cast<void>(machine.enter(false)), std::logic_error);
}

}  // namespace
}  // namespace assay::rehearse
