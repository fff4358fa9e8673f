package dev.slipway.layer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** Work that helpers do when they find the time, and whoever else has nothing better to do. */
final class Backlog {
  private final Executor helpers;
  private final Deque<Runnable> open = new ArrayDeque<>();

  /**
   * No work yet.
   *
   * @param helpers run what they are given at any time or never
   */
  Backlog(Executor helpers) {
    this.helpers = helpers;
  }

  /** Adds what is needed after all that is open. */
  void addLast(Runnable work) {
    synchronized (open) {
      open.addLast(work);
    }
    helpers.execute(this::doSome);
  }

  /** Adds what others wait for. */
  void addFirst(Runnable work) {
    synchronized (open) {
      open.addFirst(work);
    }
    helpers.execute(this::doSome);
  }

  /** Takes back what somebody else does. */
  void remove(Runnable work) {
    synchronized (open) {
      open.removeFirstOccurrence(work);
    }
  }

  /**
   * Does what is most urgent, as helpers do.
   *
   * @return whether there was anything
   */
  boolean doSome() {
    return run(false);
  }

  /**
   * Does what is least urgent, to pass a short time: what is urgent may take long.
   *
   * @return whether there was anything
   */
  boolean doLast() {
    return run(true);
  }

  private boolean run(boolean last) {
    Runnable work;
    synchronized (open) {
      work = last ? open.pollLast() : open.pollFirst();
    }
    if (work == null) {
      return false;
    }
    work.run();
    return true;
  }
}
