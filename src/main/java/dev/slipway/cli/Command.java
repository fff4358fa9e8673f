package dev.slipway.cli;

import java.io.IOException;

/** What one word of the command line does. */
interface Command {
  /**
   * Does it.
   *
   * @throws UsageException if the command line is wrong
   * @throws IOException if it fails; the message is fit to be shown
   * @throws InterruptedException if the thread is interrupted
   */
  void run(Invocation invocation, Session session) throws IOException, InterruptedException;
}
