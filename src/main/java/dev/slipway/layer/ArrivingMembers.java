package dev.slipway.layer;

import java.io.IOException;

/**
 * Members whose files must be waited for, once and before anything is looked at.
 *
 * @param members the members
 * @param arrival brings their files
 */
record ArrivingMembers(Members members, Arrival arrival) implements Members {
  @Override
  public TarDialect dialect() {
    return members.dialect();
  }

  @Override
  public boolean remembered() {
    return members.remembered();
  }

  @Override
  public Cursor open(long skipped) throws IOException {
    arrival.await();
    return members.open(skipped);
  }

  @Override
  public boolean haveStoreModes() {
    return members.haveStoreModes();
  }

  @Override
  public String describe() {
    return members.describe();
  }
}
