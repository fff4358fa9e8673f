package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class ReferenceScannerTest {
  @Test
  void findsWhatASearchForEachCandidateFinds() {
    long seed = 4242;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 400; round++) {
      List<StorePath> candidates = new ArrayList<>();
      for (int i = random.nextInt(20); i >= 0; i--) {
        candidates.add(candidate(random));
      }
      String text = text(random, candidates);
      SortedSet<StorePath> expected = new TreeSet<>();
      for (StorePath candidate : candidates) {
        if (text.contains(candidate.hashPart())) {
          expected.add(candidate);
        }
      }

      ReferenceScanner scanner = new ReferenceScanner(candidates);
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      int offset = 0;
      while (offset < bytes.length) {
        int bound = random.nextBoolean() ? 5 : 200;
        int length = Math.min(bytes.length - offset, random.nextInt(bound));
        scanner.write(piece(bytes, offset, length, random.nextBoolean()));
        offset += length;
      }

      assertThat(scanner.found()).as("seed %d round %d", seed, round).isEqualTo(expected);
    }
  }

  private static ByteBuffer piece(byte[] bytes, int offset, int length, boolean direct) {
    ByteBuffer piece = ByteBuffer.wrap(bytes, offset, length);
    return direct ? ByteBuffer.allocateDirect(length).put(piece).flip() : piece;
  }

  private static String text(RandomGenerator random, List<StorePath> candidates) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(60); i >= 0; i--) {
      switch (random.nextInt(5)) {
        case 0 -> text.append(candidates.get(random.nextInt(candidates.size())).hashPart());
        case 1 -> text.append(candidate(random));
        case 2 -> digits(random, random.nextInt(80), text);
        case 3 -> text.append((char) random.nextInt(256));
        default -> {
          String hash = candidates.get(random.nextInt(candidates.size())).hashPart();
          text.append(hash, 0, random.nextInt(32)).append(hash);
        }
      }
    }
    return text.toString();
  }

  private static StorePath candidate(RandomGenerator random) {
    StringBuilder base = new StringBuilder();
    digits(random, StorePath.HASH_LENGTH, base);
    return new StorePath("/nix/store", base + "-x");
  }

  private static void digits(RandomGenerator random, int count, StringBuilder out) {
    for (int i = 0; i < count; i++) {
      out.append(StorePath.ALPHABET.charAt(random.nextInt(32)));
    }
  }

  @Test
  void tellsApartPathsOfOneHashByNothing() {
    String hash = "0".repeat(32);
    StorePath one = new StorePath("/nix/store", hash + "-one");
    StorePath two = new StorePath("/nix/store", hash + "-two");
    ReferenceScanner scanner = new ReferenceScanner(List.of(one, two));

    scanner.write(ByteBuffer.wrap(hash.getBytes(StandardCharsets.US_ASCII)));

    assertThat(scanner.found()).containsExactly(one, two);
  }
}
