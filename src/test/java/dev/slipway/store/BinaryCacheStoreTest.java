package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.TreeForm;
import dev.slipway.files.os.FileTree;
import dev.slipway.http.HttpSketch;
import dev.slipway.layer.StoreLayer;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryCacheStoreTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));

  private static final TreeForm FORM =
      new StoreLayer("/nix/store", List.of(), StoreLayer.Owner.ROOT, 1).form();

  @TempDir private Path folder;
  private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
  private final List<String> notes = Collections.synchronizedList(new ArrayList<>());
  private CacheSketch cache;
  private WebCache web;
  private StorePath lib;
  private StorePath program;

  @BeforeEach
  void makeTheCache() throws IOException {
    cache = new CacheSketch(folder.resolve("cache"));
    web = new WebCache(folder.resolve("cache"));
    lib = cache.add("lib", directory("lib.so", "code"), Set.of());
    program = cache.add("program", directory("program", "calls " + lib), Set.of(lib));
  }

  @AfterEach
  void close() {
    web.close();
  }

  private static NarNode directory(String name, String text) {
    return NarNode.Directory.of(Map.of(name, NarNode.Regular.of(text, true)));
  }

  private CacheSettings settings(TrustedKeys keys, boolean keep) {
    return new CacheSettings(
        HttpSketch.settings(CLOCK, waits::add),
        keys,
        NarCache.NONE,
        folder.resolve("objects"),
        keep,
        2,
        notes::add);
  }

  private Stores.ForBuild open(CacheSettings settings, String... urls) throws IOException {
    List<StoreLocation> locations =
        List.of(urls).stream().map(url -> StoreLocation.parse(url, folder)).toList();
    return Stores.openForBuild(
        locations, StoreSettings.of(folder.resolve("data"), CLOCK), Optional.of(settings));
  }

  private Stores.ForBuild open(String... urls) throws IOException {
    return open(settings(cache.trusted(), false), urls);
  }

  private void refuses(TrustedKeys keys, String... parts) throws IOException {
    for (String url : List.of(web.url(), "file://" + folder.resolve("cache"))) {
      try (Stores.ForBuild stores = open(settings(keys, false), url)) {
        refuses(parts, () -> stores.all().fetch(stores.all().closure(Set.of(program)).paths()));
        assertThat(stores.all().locate(program)).doesNotExist();
      }
      leavesNothing();
      try (Stores.ForBuild stores = open(settings(keys, false), url)) {
        refuses(
            parts,
            () -> {
              var _ = stores.all().fetch(stores.all().closure(Set.of(program)).paths(), FORM);
            });
      }
      leavesNothing();
    }
  }

  /** The other object may have come, nothing of the refused one is left. */
  private void leavesNothing() throws IOException {
    Path objects = folder.resolve("objects");
    if (Files.exists(objects)) {
      try (Stream<Path> files = Files.walk(objects)) {
        assertThat(files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
            .hasSizeLessThan(2)
            .noneMatch(name -> name.startsWith("unfinished"));
      }
      FileTree.delete(objects);
    }
  }

  private static void refuses(String[] parts, ThrowingCallable use) {
    assertThatThrownBy(use)
        .isInstanceOf(ImageException.class)
        .message()
        .contains(parts)
        .doesNotContain("\n");
  }

  private void refuses(String... parts) throws IOException {
    refuses(cache.trusted(), parts);
  }

  @Test
  void closuresAreWhatTheCacheSays() throws IOException {
    try (Stores.ForBuild stores = open(web.url())) {
      Closure closure = stores.all().closure(Set.of(program));

      assertThat(closure.paths()).containsExactlyInAnyOrder(lib, program);
      assertThat(closure.get(program).orElseThrow().references()).containsExactly(lib);
      assertThat(closure.get(lib).orElseThrow().nar())
          .contains(Nar.hash(directory("lib.so", "code")));
      assertThat(stores.all().queryHashParts(Set.of(lib.hashPart(), "0".repeat(32))))
          .containsExactly(lib);
      assertThat(web.seen).doesNotHaveDuplicates().noneMatch(path -> path.startsWith("/nar/"));
      assertThat(folder.resolve("objects")).doesNotExist();
      assertThat(stores.all().isHere(Set.of(lib))).isFalse();
    }
  }

  @Test
  void objectsAreFetchedOnceAndWhereTheyAreLookedFor() throws IOException {
    for (String url : List.of(web.url(), "file://" + folder.resolve("cache"))) {
      try (Stores.ForBuild stores = open(url)) {
        stores.all().prefetch(Set.of(program));
        stores.all().fetch(Set.of(program, lib));
        stores.all().fetch(Set.of(program));

        assertThat(Listing.of(stores.all().locate(program)))
            .containsExactly("program*: calls " + lib);
        assertThat(Nar.hash(stores.all().locate(lib)))
            .isEqualTo(Nar.hash(directory("lib.so", "code")));
        assertThat(stores.all().isHere(Set.of(lib, program))).isTrue();
        assertThat(web.seen).doesNotHaveDuplicates();
        assertThat(notes)
            .containsExactlyInAnyOrder(
                "fetching " + program + " from " + url, "fetching " + lib + " from " + url);
        notes.clear();
      }
      FileTree.delete(folder.resolve("objects"));
    }
  }

  @Test
  void whatIsKeptIsValidWithAllThatItRefersTo() throws IOException {
    try (Stores.ForBuild stores = open(settings(cache.trusted(), true), web.url())) {
      stores.all().closure(Set.of(program));
      stores.all().prefetch(Set.of(program), FORM);
      assertThat(stores.all().fetch(Set.of(program), FORM)).isEmpty();

      assertThat(Listing.of(stores.all().locate(program))).hasSize(1);
    }
    assertThat(folder.resolve("objects")).doesNotExist();
    try (WritableStore own =
        Stores.openWritable(
            new StoreLocation.Embedded(), StoreSettings.of(folder.resolve("data"), CLOCK))) {
      assertThat(own.closure(Set.of(program)).paths()).containsExactlyInAnyOrder(lib, program);
      assertThat(own.verify(true)).isEmpty();
      assertThat(own.gc().paths()).containsExactlyInAnyOrder(lib, program);
    }
  }

  @Test
  void whatSomebodyHasLeftInTheStoreIsNoObject() throws IOException {
    Path left = folder.resolve("data/nix/store").resolve(lib.baseName());
    Files.createDirectories(left);
    Files.writeString(left.resolve("rubbish"), "of an interrupted collection");
    try (Stores.ForBuild stores = open(settings(cache.trusted(), true), web.url())) {
      assertThat(stores.all().query(lib)).isPresent();
      assertThat(stores.all().isHere(Set.of(lib))).isFalse();

      stores.all().fetch(Set.of(lib));

      assertThat(stores.all().isHere(Set.of(lib))).isTrue();
      assertThat(Listing.of(stores.all().locate(lib))).containsExactly("lib.so*: code");
    }
  }

  @Test
  void theFirstStoreThatHasAPathCounts() throws IOException {
    CacheSketch second = new CacheSketch(folder.resolve("second"));
    StorePath other = second.add("other", directory("other", "uses " + lib), Set.of(lib));
    Files.delete(cache.nar(program));
    second.add("lib", directory("lib.so", "code"), Set.of());
    TrustedKeys both = cache.trusted();
    try (Stores.ForBuild stores =
        open(
            settings(TrustedKeys.ANYBODY, false),
            web.url(),
            "file://" + folder.resolve("second"))) {
      Closure closure = stores.all().closure(Set.of(other));
      stores.all().fetch(closure.paths());

      assertThat(closure.paths()).containsExactlyInAnyOrder(lib, other);
      assertThat(notes)
          .containsExactlyInAnyOrder(
              "fetching " + lib + " from " + web.url(),
              "fetching " + other + " from file://" + folder.resolve("second"));
    }
    assertThat(both.required()).isTrue();
  }

  @Test
  void closuresSpanOwnObjectsAndTheCache() throws IOException {
    try (Stores.ForBuild stores = open(web.url())) {
      StorePath text = stores.own().addText("text", "runs " + program, Set.of(program));

      assertThat(stores.all().closure(Set.of(text)).paths())
          .containsExactlyInAnyOrder(lib, program, text);
      assertThat(stores.all().locate(text)).exists();
    }
  }

  @Test
  void namesThePathAndTheStoresThatWereAsked() throws IOException {
    StorePath missing = new StorePath("/nix/store", "0".repeat(32) + "-none");
    try (Stores.ForBuild stores = open(web.url())) {
      assertThatThrownBy(() -> stores.all().closure(Set.of(missing)))
          .isInstanceOf(ImageException.class)
          .hasMessage(missing + " is not valid in the store or in the binary cache " + web.url());
    }
    Files.delete(cache.narInfo(lib));
    refuses(program + " refers to " + lib + ", which is not valid in ", "the binary cache ");
    web.next("/" + lib.hashPart() + ".narinfo", WebCache.status(403));
    try (Stores.ForBuild stores = open(web.url())) {
      assertThat(stores.all().query(lib)).isEmpty();
    }
  }

  @Test
  void refusesWhatNobodyTrustedHasSigned() throws IOException {
    refuses(
        TrustedKeys.NIXPKGS, " cannot be trusted: it is signed by sketch-1, which is not trusted");
    refuses(TrustedKeys.parse(""), "it is signed by sketch-1, which is not trusted");
    cache.edit(program, "Sig: sketch-1:.", "Sig: sketch-1:/");
    refuses(program.toString(), "its signature by the key sketch-1 is wrong");
    cache.edit(program, "(Sig: .*)\n", "$1\nSig: " + CacheSketch.KEY + "\nSig: other:x\nSig: \n");
    refuses("its signature by the key sketch-1 is wrong");
    cache.edit(program, "Sig: .*\n", "");
    refuses(program + " cannot be trusted: it is not signed");
    try (Stores.ForBuild stores = open(settings(TrustedKeys.ANYBODY, false), web.url())) {
      stores.all().fetch(stores.all().closure(Set.of(program)).paths());
      assertThat(stores.all().locate(program)).exists();
    }
  }

  @Test
  void oneGoodSignatureIsEnough() throws IOException {
    cache.edit(program, "(Sig: .*)\n", "Sig: other-1:AAAA\n$1\n");
    try (Stores.ForBuild stores = open(web.url())) {
      assertThat(stores.all().query(program)).isPresent();
    }
  }

  @Test
  void whatIsSignedIsAllThatMatters() throws IOException {
    StorePath other = cache.add("other", directory("x", "x"), Set.of());
    cache.edit(program, "References: .*", "References: " + other.baseName());
    refuses("its signature by the key sketch-1 is wrong");
    cache.edit(program, "References: .*", "References: " + lib.baseName());
    cache.edit(program, "NarSize: ", "NarSize: 1");
    refuses("its signature by the key sketch-1 is wrong");
  }

  @Test
  void refusesACacheThatLies() throws IOException {
    byte[] other = CacheSketch.bytes(directory("program", "harms " + lib));
    Files.write(cache.nar(program), other);
    refuses(cache.nar(program).getFileName().toString(), "expected sha256:");
    // Even where the compressed file is what is said of it.
    cache.edit(program, "FileHash: .*", "FileHash: " + Hashes.base32(Digest.of(other)));
    refuses("nar/", "the NAR of " + program + " should have the hash ");
    cache.edit(program, "FileHash: .*\nFileSize: .*\n", "");
    refuses("the NAR of " + program + " should have the hash ");
    byte[] more = CacheSketch.bytes(directory("program", "x".repeat(1 << 20)));
    Files.write(cache.nar(program), more);
    refuses("it is longer than the 368 bytes that were said of it");
  }

  @Test
  void takesWhatNeedsMuchMemory() throws IOException {
    for (StorePath path : List.of(lib, program)) {
      byte[] packed = NarCompressionTest.xz(9, Files.readAllBytes(cache.nar(path)));
      Files.write(cache.nar(path), packed);
      Files.writeString(
          cache.narInfo(path),
          Files.readString(cache.narInfo(path))
              .replace("Compression: none", "Compression: xz")
              .replaceAll("File(Hash|Size): .*\n", ""));
    }
    try (Stores.ForBuild stores = open(web.url())) {
      stores.all().fetch(stores.all().closure(Set.of(program)).paths());

      assertThat(stores.all().locate(lib).resolve("lib.so")).hasContent("code");
      assertThat(stores.all().locate(program).resolve("program")).hasContent("calls " + lib);
    }
    try (Stores.ForBuild stores = open(web.url())) {
      assertThat(stores.all().fetch(stores.all().closure(Set.of(program)).paths(), FORM))
          .containsOnlyKeys(lib, program);
    }
  }

  @Test
  void refusesTruncatedFiles() throws IOException {
    byte[] nar = Files.readAllBytes(cache.nar(program));
    for (int length : new int[] {1, 50, nar.length - 1}) {
      Files.write(cache.nar(program), Arrays.copyOf(nar, length));
      refuses("/nar/");
    }
    Files.delete(cache.nar(program));
    refuses("/nar/", "the cache has no such file");
    assertThat(waits).isEmpty();
  }

  @Test
  void refusesTheDescriptionOfAnotherPath() throws IOException {
    Files.copy(cache.narInfo(lib), cache.narInfo(program), StandardCopyOption.REPLACE_EXISTING);

    refuses(program.hashPart() + ".narinfo: it is about another path, " + lib);
  }

  @Test
  void refusesWhatIsNoCacheOfThisStore() throws IOException {
    cache.info("StoreDir: /gnu/store\n");
    refuses("/nix-cache-info: its paths are in /gnu/store, not in /nix/store");
    cache.info("<html>\n");
    refuses("/nix-cache-info: expected lines KEY: VALUE");
    Files.delete(folder.resolve("cache/nix-cache-info"));
    refuses(" is no binary cache: it has no file nix-cache-info");
    Files.createDirectory(folder.resolve("cache/nix-cache-info"));
    try (Stores.ForBuild stores =
        open(settings(cache.trusted(), false), "file://" + folder.resolve("cache"))) {
      assertThatThrownBy(() -> stores.all().closure(Set.of(program)))
          .isInstanceOf(ImageException.class)
          .hasMessageEndingWith("/nix-cache-info: is no ordinary file");
    }
  }

  @Test
  void pathsThatFollowFromTheirContentNeedNoSignature() throws IOException {
    byte[] content = "text".getBytes(StandardCharsets.UTF_8);
    NarNode file = NarNode.Regular.of("text", false);
    byte[] nar = CacheSketch.bytes(file);
    Digest hash = Digest.of(nar);
    Map<StorePath, String> addresses =
        Map.of(
            StorePaths.text("/nix/store", "t", Digest.of(content), Set.of()),
            "text:" + Hashes.base32(Digest.of(content)),
            StorePaths.fixedFlat("/nix/store", "f", Digest.of(content)),
            "fixed:" + Hashes.base32(Digest.of(content)),
            StorePaths.fixedRecursive("/nix/store", "r", hash, Set.of(), false),
            "fixed:r:" + Hashes.base32(hash));
    for (Map.Entry<StorePath, String> entry : addresses.entrySet()) {
      program = entry.getKey();
      String address = entry.getValue();
      Files.write(cache.nar(program), nar);
      cache.describe(program, new NarHash(hash, nar.length), Set.of(), nar);
      cache.edit(program, "Sig: .*", "CA: " + address);
      try (Stores.ForBuild stores =
          open(settings(TrustedKeys.parse(""), false), "file://" + folder.resolve("cache"))) {
        stores.all().fetch(Set.of(program));
        assertThat(stores.all().query(program).orElseThrow().contentAddress()).contains(address);
        assertThat(Listing.of(stores.all().locate(program))).containsExactly(": text");
      }
      FileTree.delete(folder.resolve("objects"));

      byte[] evil = CacheSketch.bytes(NarNode.Regular.of("evil", false));
      Files.write(cache.nar(program), evil);
      cache.describe(program, new NarHash(Digest.of(evil), evil.length), Set.of(), evil);
      cache.edit(program, "Sig: .*", "CA: " + address);
      refuses(TrustedKeys.parse(""), "the content of " + program + " is not what its path says");

      cache.edit(program, "CA: .*", "CA: " + address.replaceFirst("sha256:.", "sha256:0"));
      refuses(TrustedKeys.parse(""), program + " cannot be trusted: it is not signed");
    }
  }

  @Test
  void waitsOutWhatPasses() throws IOException {
    String narInfo = "/" + program.hashPart() + ".narinfo";
    web.next("/nix-cache-info", WebCache.status(503));
    web.next(narInfo, WebCache.status(429));
    web.next(narInfo, web.cut(20));
    String nar = "/nar/" + cache.nar(program).getFileName();
    web.next(nar, WebCache.status(500));
    web.next(nar, web.cut(100));
    try (Stores.ForBuild stores = open(web.url())) {
      stores.all().fetch(Set.of(program));

      assertThat(Listing.of(stores.all().locate(program))).hasSize(1);
      assertThat(waits).hasSize(5);
      assertThat(web.seen).anyMatch(asked -> asked.startsWith(nar + " bytes="));
    }
  }

  @Test
  void givesUpInTheEnd() throws IOException {
    for (int i = 0; i < 5; i++) {
      web.next("/nix-cache-info", WebCache.status(503));
    }
    try (Stores.ForBuild stores = open(web.url())) {
      assertThatThrownBy(() -> stores.all().query(program))
          .isInstanceOf(IOException.class)
          .hasMessage("GET " + web.url() + "/nix-cache-info: 503 service unavailable");
    }
    assertThat(waits).hasSize(4);
  }

  @Test
  void secretsAreForTheCacheAlone() throws IOException {
    web.secret = "Basic dXNlcjpwYXNzOndvcmQ="; // user:pass:word
    try (WebCache elsewhere = new WebCache(folder.resolve("cache"));
        Stores.ForBuild stores = open(web.url("user:pass%3Aword@"));
        Stores.ForBuild stranger = open(web.url())) {
      String nar = "/nar/" + cache.nar(program).getFileName();
      List<String> shown = Collections.synchronizedList(new ArrayList<>());
      elsewhere.next(
          nar,
          exchange -> {
            shown.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            byte[] bytes = Files.readAllBytes(cache.nar(program));
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
          });
      web.next(
          nar,
          exchange -> {
            exchange.getResponseHeaders().add("Location", elsewhere.url() + nar);
            exchange.sendResponseHeaders(302, -1);
          });

      stores.all().fetch(Set.of(program));

      assertThat(shown).containsExactly("null");
      assertThat(stores.all().describe()).doesNotContain("pass");
      assertThat(notes).isNotEmpty().noneMatch(note -> note.contains("pass"));
      assertThat(StoreLocation.parse(web.url("user:secret@"), folder).toString())
          .doesNotContain("secret", "dXNlcj");
      assertThatThrownBy(() -> stranger.all().query(program))
          .hasMessage("GET " + web.url() + "/nix-cache-info: 401 unauthorized");
    }
  }

  @Test
  void fetchedFilesAreKeptByTheirHashes() throws IOException {
    Map<Digest, byte[]> kept = new ConcurrentHashMap<>();
    NarCache downloads =
        (hash, source) -> {
          if (!kept.containsKey(hash)) {
            try (InputStream in = source.open()) {
              kept.put(hash, in.readAllBytes());
            }
          }
          return new ByteArrayInputStream(kept.get(hash));
        };
    CacheSettings plain = settings(cache.trusted(), false);
    for (int i = 0; i < 2; i++) {
      CacheSettings settings =
          new CacheSettings(
              plain.http(),
              plain.keys(),
              downloads,
              folder.resolve("objects" + i),
              false,
              2,
              notes::add);
      try (Stores.ForBuild stores = open(settings, web.url())) {
        assertThat(stores.all().fetch(Set.of(program), FORM)).containsOnlyKeys(program);
        assertThat(stores.all().locate(program)).doesNotExist();
        stores.all().fetch(Set.of(program));
        assertThat(stores.all().locate(program)).exists();
        // What is there in this form stays so, and what was unpacked first is not fetched again.
        assertThat(stores.all().fetch(Set.of(program), FORM)).containsOnlyKeys(program);
        stores.all().fetch(Set.of(lib));
        stores.all().prefetch(Set.of(lib), FORM);
        assertThat(stores.all().fetch(Set.of(lib, program), FORM)).containsOnlyKeys(program);
      }
    }
    assertThat(kept).hasSize(2);
    assertThat(web.seen.stream().filter(path -> path.startsWith("/nar/"))).hasSize(2);
  }
}
