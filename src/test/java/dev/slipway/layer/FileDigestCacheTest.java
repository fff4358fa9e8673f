package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FileDigestCacheTest {
  @TempDir Path dir;

  @Test
  void remembersAcrossInstances() {
    Path file = dir.resolve("deep/er/cache");
    new FileDigestCache(file).put(digest(1), new Measurement(digest(2), 3, 4));

    FileDigestCache again = new FileDigestCache(file);

    assertThat(again.get(digest(1))).contains(new Measurement(digest(2), 3, 4));
    assertThat(again.get(digest(2))).isEmpty();
  }

  @Test
  void theLastMeasurementOfAKeyStays() {
    FileDigestCache cache = new FileDigestCache(dir.resolve("cache"));
    cache.put(digest(1), new Measurement(digest(2), 3, 4));
    cache.put(digest(1), new Measurement(digest(4), 5, 6));

    assertThat(cache.get(digest(1))).contains(new Measurement(digest(4), 5, 6));
  }

  @Test
  void anEntryWithAnyBitDamagedIsUnknown() throws Exception {
    Path file = dir.resolve("cache");
    FileDigestCache cache = new FileDigestCache(file);
    cache.put(digest(1), new Measurement(digest(2), 3, 4));
    byte[] whole = Files.readAllBytes(file);
    int start = whole.length - 88;
    for (int at = start; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      assertThat(cache.get(digest(1))).as("byte %d", at - start).isEmpty();
    }
  }

  @Test
  void aFileThatIsNoCacheComesToBeOne() throws Exception {
    Path file = Files.write(dir.resolve("cache"), new byte[100_000]);
    FileDigestCache cache = new FileDigestCache(file);
    assertThat(cache.get(digest(1))).isEmpty();

    cache.put(digest(1), new Measurement(digest(2), 3, 4));

    assertThat(cache.get(digest(1))).contains(new Measurement(digest(2), 3, 4));
  }

  @Test
  void whatCannotBeWrittenIsJustNotRemembered() {
    FileDigestCache cache = new FileDigestCache(dir);

    cache.put(digest(1), new Measurement(digest(2), 3, 4));

    assertThat(cache.get(digest(1))).isEmpty();
  }

  @Test
  @Timeout(60)
  void aPipeIsNotWaitedFor() throws Exception {
    Path pipe = dir.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    FileDigestCache cache = new FileDigestCache(pipe);

    cache.put(digest(1), new Measurement(digest(2), 3, 4));

    assertThat(cache.get(digest(1))).isEmpty();
  }

  @Test
  void neverOutgrowsItsBound() throws Exception {
    Path file = dir.resolve("cache");
    FileDigestCache cache = new FileDigestCache(file);
    // The same bucket for all: the first four bytes choose it.
    for (int i = 0; i < 100; i++) {
      byte[] key = new byte[32];
      ByteBuffer.wrap(key).putInt(0, 16383).putInt(28, i);
      cache.put(Digest.ofBytes(key), new Measurement(digest(i), i, 2));
      assertThat(cache.get(Digest.ofBytes(key))).contains(new Measurement(digest(i), i, 2));
    }

    assertThat(Files.size(file)).isLessThanOrEqualTo(16 << 20);
  }

  @Test
  void manyWritersDoNotDisturbEachOther() throws Exception {
    Path file = dir.resolve("cache");
    try (ExecutorService writers = Executors.newFixedThreadPool(4)) {
      List<Callable<Boolean>> tasks =
          IntStream.range(0, 4)
              .mapToObj(n ->
                  (Callable<Boolean>)
                      () -> {
                        FileDigestCache cache = new FileDigestCache(file);
                        for (int i = n; i < 400; i += 4) {
                          cache.put(digest(i), new Measurement(digest(i), i, 2));
                        }
                        return true;
                      })
              .toList();
      for (Future<Boolean> done : writers.invokeAll(tasks)) {
        assertThat(done.get()).isTrue();
      }
    }
    FileDigestCache cache = new FileDigestCache(file);
    for (int i = 0; i < 400; i++) {
      assertThat(cache.get(digest(i))).contains(new Measurement(digest(i), i, 2));
    }
  }

  private static Digest digest(int number) {
    return Digest.of(ByteBuffer.allocate(4).putInt(number).array());
  }
}
