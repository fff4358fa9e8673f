package dev.slipway.store;

import dev.slipway.files.RawName;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** File trees as nasty as a file system allows, the same for the same seed. */
final class RandomTree {
  private static final String[] NAMES = {
    "a",
    "a b",
    "a-b",
    "a.b",
    "a0",
    "A",
    "it's",
    "\"quoted\"",
    "new\nline",
    "é",
    "😀",
    "～",
    "*",
    "$HOME",
    "-rf",
    "x~",
    ".git",
    "%41",
    "tab\there",
    "\u007f",
    "con:",
    "\\"
  };

  private RandomTree() {}

  /** A directory, a file or, rarely, a link, with at most {@code depth} levels below it. */
  static NarNode next(RandomGenerator random, int depth) {
    int kind = random.nextInt(10);
    if (depth > 0 && kind < 5) {
      return directory(random, depth);
    }
    if (kind < 7) {
      return new NarNode.Symlink(target(random));
    }
    byte[] content = new byte[size(random)];
    random.nextBytes(content);
    return new NarNode.Regular(
        content.length, random.nextBoolean(), out -> out.write(ByteBuffer.wrap(content)));
  }

  static NarNode.Directory directory(RandomGenerator random, int depth) {
    SortedMap<RawName, NarNode> entries = new TreeMap<>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      entries.put(name(random), next(random, depth - 1));
    }
    return new NarNode.Directory(entries);
  }

  private static int size(RandomGenerator random) {
    return switch (random.nextInt(12)) {
      case 0 -> 0;
      case 1 -> 256 * 1024 + random.nextInt(-40, 40);
      case 2 -> random.nextInt(700_000);
      default -> random.nextInt(100);
    };
  }

  private static RawName name(RandomGenerator random) {
    return switch (random.nextInt(4)) {
      case 0 -> RawName.ofBytes(bytes(random, 1 + random.nextInt(12), true));
      case 1 -> RawName.of(NAMES[random.nextInt(NAMES.length)] + random.nextInt(10));
      case 2 -> RawName.of("n".repeat(1 + random.nextInt(255)));
      default -> RawName.of(NAMES[random.nextInt(NAMES.length)]);
    };
  }

  private static RawName target(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0 -> RawName.ofBytes(bytes(random, 1 + random.nextInt(40), false));
      case 1 -> RawName.of("a//b/");
      case 2 -> RawName.of("./../x/.");
      case 3 -> RawName.of("//none//such/");
      case 4 -> RawName.of("t".repeat(1 + random.nextInt(1000)));
      default -> RawName.of("/" + NAMES[random.nextInt(NAMES.length)]);
    };
  }

  private static byte[] bytes(RandomGenerator random, int length, boolean fileName) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      byte b = (byte) (1 + random.nextInt(255));
      bytes[i] = fileName && (b == '/' || b == '.') ? (byte) 0xfe : b;
    }
    return bytes;
  }
}
