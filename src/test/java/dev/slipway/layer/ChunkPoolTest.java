package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ChunkPoolTest {
  @Test
  void givesNoMoreThanItsBoundAndWhatWasGivenBackAgain() {
    int bound = 40;
    try (ChunkPool pool = new ChunkPool((long) bound * ChunkPool.CHUNK + 1)) {
      List<ByteBuffer> taken = new ArrayList<>();
      for (ByteBuffer chunk = pool.take(); chunk != null; chunk = pool.take()) {
        assertThat(chunk.remaining()).isEqualTo(ChunkPool.CHUNK);
        chunk.putInt(0, taken.size());
        taken.add(chunk);
      }
      assertThat(taken).hasSize(bound);
      assertThat(taken.stream().map(chunk -> chunk.getInt(0))).doesNotHaveDuplicates();

      taken.getFirst().position(7);
      pool.give(taken.getFirst());
      assertThat(pool.take()).isSameAs(taken.getFirst()).matches(chunk -> chunk.position() == 0);
      assertThat(pool.take()).isNull();
    }
  }

  @Test
  void freesWhatWasTakenWhenItIsClosed() {
    ChunkPool pool = new ChunkPool(ChunkPool.CHUNK * 2L);
    ByteBuffer chunk = Objects.requireNonNull(pool.take());
    pool.close();
    pool.close();

    assertThat(pool.isOpen()).isFalse();
    assertThat(pool.take()).isNull();
    assertThatThrownBy(() -> chunk.get(0)).isInstanceOf(IllegalStateException.class);
  }
}
