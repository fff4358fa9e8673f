package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The PAX dialect and store layers, against Python's tarfile. */
class PythonTarIT {
  private static final HexFormat HEX = HexFormat.of();
  private static final RawName[] NAMES = {
    RawName.of(""),
    RawName.of("root"),
    RawName.of("n".repeat(32)),
    RawName.of("n".repeat(33)),
    RawName.of("n".repeat(100)),
    RawName.of("n".repeat(101)),
    RawName.of("é".repeat(50)),
    RawName.of("é".repeat(101)),
    RawName.of("😀～"),
    RawName.of("n".repeat(90) + "😀".repeat(20)),
    RawName.ofBytes(new byte[] {(byte) 0xff}),
    RawName.ofBytes(new byte[] {'a', (byte) 0xe2, (byte) 0x82, 'b'}),
    RawName.ofBytes(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}),
    RawName.ofBytes(new byte[] {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80}),
    RawName.of("line\nfeed=")
  };
  private static final long[] NUMBERS = {
    0, 1, 1000, 2097151, 2097152, 8589934591L, 8589934592L, 1L << 40, Long.MAX_VALUE
  };

  @TempDir Path dir;
  private Peer peer;

  @BeforeEach
  void setUp() throws Exception {
    peer = new Peer(dir);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void headersAreThoseOfPython(long seed) throws Exception {
    RandomGenerator random = new SplittableRandom(seed);
    List<TarHeader> headers = new ArrayList<>();
    StringBuilder input = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      TarHeader header = header(random);
      headers.add(header);
      input.append(line(header)).append('\n');
    }

    byte[] output = peer.python(input.toString().getBytes(StandardCharsets.US_ASCII), "headers");

    List<String> expected = new String(output, StandardCharsets.US_ASCII).lines().toList();
    HeaderEncoder encoder = new HeaderEncoder(TarDialect.PAX);
    for (int i = 0; i < headers.size(); i++) {
      assertThat(hex(encoder.encode(headers.get(i))))
          .as("seed %d, %s", seed, headers.get(i))
          .isEqualTo(expected.get(i));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void storeLayersAreThoseOfPython(long seed) throws Exception {
    String store = dir.resolve("store").toString();
    Files.createDirectory(Path.of(store));
    List<String> command = new ArrayList<>(List.of("layer", store));
    List<StoreLayer.Root> roots = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String root = store + "/" + "zya".charAt(i) + "-path";
      peer.python(new byte[0], "tree", root, Long.toString(100 * seed + i));
      roots.add(new StoreLayer.Root(root, Path.of(root)));
      command.add(root);
    }
    command.addAll(List.of("--", "3000000", "100", "üser", "group", "-7"));
    byte[] expected = peer.python(new byte[0], command.toArray(String[]::new));
    StoreLayer.Owner owner =
        new StoreLayer.Owner(3000000, 100, RawName.of("üser"), RawName.of("group"));

    Layer layer = Layers.measure(new StoreLayer(store, roots, owner, -7));

    assertThat(Layers.write(layer)).as("seed %d", seed).isEqualTo(expected);
    assertThat(layer.diffId().value()).isEqualTo(Digest.of(expected));
  }

  @Test
  void aRootMayBeAFileOrALink() throws Exception {
    String store = dir.resolve("store").toString();
    Files.createDirectory(Path.of(store));
    Files.writeString(Path.of(store, "file"), "content");
    Files.createSymbolicLink(Path.of(store, "link"), Path.of("file"));
    List<StoreLayer.Root> roots =
        List.of(
            new StoreLayer.Root(store + "/link", Path.of(store, "link")),
            new StoreLayer.Root(store + "/file", Path.of(store, "file")));
    byte[] expected =
        peer.python(
            new byte[0],
            "layer",
            store,
            store + "/link",
            store + "/file",
            "--",
            "0",
            "0",
            "root",
            "root",
            "1");

    Layer layer = Layers.measure(new StoreLayer(store, roots, StoreLayer.Owner.ROOT, 1));

    assertThat(Layers.write(layer)).isEqualTo(expected);
  }

  private static TarHeader header(RandomGenerator random) {
    TarHeader.Type type = TarHeader.Type.ofFlag((char) ('0' + random.nextInt(7)));
    RawName name = NAMES[1 + random.nextInt(NAMES.length - 1)];
    boolean device = type == TarHeader.Type.CHARACTER_DEVICE || type == TarHeader.Type.BLOCK_DEVICE;
    return new TarHeader(
        type,
        type == TarHeader.Type.DIRECTORY ? name.append(RawName.of("/")) : name,
        random.nextInt(010000),
        number(random),
        number(random),
        NAMES[random.nextInt(NAMES.length)],
        NAMES[random.nextInt(NAMES.length)],
        type == TarHeader.Type.REGULAR ? number(random) : 0,
        random.nextBoolean() ? number(random) : -number(random),
        type == TarHeader.Type.SYMLINK ? NAMES[random.nextInt(NAMES.length)] : RawName.of(""),
        device ? random.nextInt(2097152) : 0,
        device ? random.nextInt(2097152) : 0);
  }

  private static long number(RandomGenerator random) {
    return random.nextInt(3) > 0 ? random.nextInt(2000) : NUMBERS[random.nextInt(NUMBERS.length)];
  }

  private static String line(TarHeader header) {
    return String.join(
        " ",
        HEX.formatHex(header.name().toBytes()),
        HEX.formatHex(header.linkName().toBytes()),
        HEX.formatHex(header.userName().toBytes()),
        HEX.formatHex(header.groupName().toBytes()),
        String.valueOf(header.type().flag()),
        String.valueOf(header.mode()),
        String.valueOf(header.uid()),
        String.valueOf(header.gid()),
        String.valueOf(header.size()),
        String.valueOf(header.mtime()),
        String.valueOf(header.deviceMajor()),
        String.valueOf(header.deviceMinor()));
  }

  private static String hex(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return HEX.formatHex(copy);
  }
}
