package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptObjectsTest {
  @TempDir private Path folder;

  /** Something that is done in place of fetching an object. */
  private interface Work {
    long done() throws IOException;
  }

  private static ObjectPlace.Source source(String name, Work work) {
    StorePath path = new StorePath("/nix/store", "0".repeat(32) + "-" + name);
    return new ObjectPlace.Source() {
      @Override
      public PathInfo info() {
        return new PathInfo(path, Optional.empty(), Set.of(), Optional.empty(), Optional.empty());
      }

      @Override
      public long fetch(ObjectPlace.Destination destination) throws IOException {
        return work.done();
      }
    };
  }

  @Test
  void nothingIsBeingUnpackedAnyMoreWhenOneHasFailed() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicBoolean ended = new AtomicBoolean();
    ObjectPlace.Source slow =
        source(
            "slow",
            () -> {
              begun.countDown();
              try {
                new CountDownLatch(1).await(); // For ever, unless it is told to stop.
              } catch (InterruptedException e) {
                ended.set(true);
              }
              return 1;
            });
    ObjectPlace.Source broken =
        source(
            "broken",
            () -> {
              try {
                begun.await();
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
              throw new IllegalStateException("broken");
            });
    StoreSettings settings = StoreSettings.of(folder, InstantSource.system());
    try (WritableStore store = Stores.openWritable(new StoreLocation.Embedded(), settings);
        KeptObjects objects = new KeptObjects((ChrootStore) store, 2)) {
      assertThatThrownBy(() -> objects.fetch(List.of(broken, slow)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("broken");

      assertThat(ended).isTrue();
    }
  }
}
