package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BacklogTest {
  private final Deque<Runnable> helpers = new ArrayDeque<>();
  private final Backlog backlog = new Backlog(helpers::add);
  private final List<String> done = new ArrayList<>();

  private Claimable<String> work(String name) {
    return new Claimable<>(
        backlog,
        () -> {
          done.add(name);
          return name;
        });
  }

  @Test
  void helpersDoTheMostUrgentFirst() {
    work("a").offer();
    work("b").offer();
    work("urgent").offerFirst();
    assertThat(helpers).hasSize(3);
    helpers.forEach(Runnable::run);
    assertThat(done).containsExactly("urgent", "a", "b");
    assertThat(backlog.doSome()).isFalse();
  }

  @Test
  void whoPassesATimeDoesTheLeastUrgent() {
    work("a").offer();
    work("b").offer();
    work("urgent").offerFirst();
    assertThat(backlog.doLast()).isTrue();
    assertThat(done).containsExactly("b");
  }

  @Test
  void whoNeedsAResultDoesTheWorkThatNobodyHasBegun() throws IOException {
    Claimable<String> first = work("first");
    Claimable<String> needed = work("needed");
    first.offer();
    needed.offer();
    assertThat(needed.take()).isEqualTo("needed");
    assertThat(done).containsExactly("needed");
    helpers.forEach(Runnable::run);
    assertThat(done).containsExactly("needed", "first");
  }

  @Test
  void whoWaitsForAHelperDoesOtherWorkMeanwhile() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch otherDone = new CountDownLatch(1);
    Claimable<String> slow =
        new Claimable<>(
            backlog,
            () -> {
              begun.countDown();
              otherDone.await();
              return "slow";
            });
    slow.offer();
    Thread helper = Thread.ofPlatform().start(helpers.remove());
    begun.await();
    new Claimable<>(
            backlog,
            () -> {
              otherDone.countDown();
              return "other";
            })
        .offer();
    // Would wait forever if it only waited.
    assertThat(slow.take()).isEqualTo("slow");
    helper.join();
  }

  @Test
  void whatWasGivenUpIsNotDone() {
    Claimable<String> dropped = work("dropped");
    dropped.offer();
    dropped.cancel();
    helpers.forEach(Runnable::run);
    assertThat(done).isEmpty();
  }
}
