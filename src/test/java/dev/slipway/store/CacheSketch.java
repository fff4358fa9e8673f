package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Writes binary caches, right and wrong ones. */
final class CacheSketch {
  /** The name of the key that everything is signed with. */
  static final String KEY = "sketch-1";

  private final Path folder;
  private final KeyPair keys;

  CacheSketch(Path folder) throws IOException {
    this.folder = folder;
    try {
      keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
    Files.createDirectories(folder.resolve("nar"));
    info("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n");
  }

  /** Writes what describes the cache. */
  void info(String text) throws IOException {
    Files.writeString(folder.resolve("nix-cache-info"), text);
  }

  /** The key that signs. */
  TrustedKeys trusted() {
    byte[] encoded = keys.getPublic().getEncoded();
    byte[] bytes = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    return TrustedKeys.parse(KEY + ":" + Base64.getEncoder().encodeToString(bytes));
  }

  /** The file that describes a path. */
  Path narInfo(StorePath path) {
    return folder.resolve(path.hashPart() + ".narinfo");
  }

  /** The file with its NAR, which is not compressed. */
  Path nar(StorePath path) {
    return folder.resolve("nar").resolve(path.hashPart() + ".nar");
  }

  /** Adds a path by some hash part. */
  StorePath add(String name, NarNode tree, Collection<StorePath> references) throws IOException {
    byte[] hash = Digest.of(name.getBytes(StandardCharsets.UTF_8)).toBytes();
    StorePath path =
        new StorePath("/nix/store", NixBase32.encode(NixBase32.compress(hash, 20)) + "-" + name);
    byte[] nar = bytes(tree);
    Files.write(nar(path), nar);
    describe(path, new NarHash(Digest.of(nar), nar.length), new TreeSet<>(references), nar);
    return path;
  }

  static byte[] bytes(NarNode tree) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Nar.write(tree, Channels.newChannel(out));
    return out.toByteArray();
  }

  /** Describes and signs a path, rightly or not. */
  void describe(StorePath path, NarHash said, Set<StorePath> references, byte[] nar)
      throws IOException {
    Files.writeString(
        narInfo(path),
        """
        StorePath: %s
        URL: nar/%s
        Compression: none
        FileHash: %s
        FileSize: %d
        NarHash: %s
        NarSize: %d
        References: %s
        Sig: %s
        """
            .formatted(
                path,
                nar(path).getFileName(),
                Hashes.base32(Digest.of(nar)),
                nar.length,
                Hashes.base32(said.digest()),
                said.size(),
                references.stream().map(StorePath::baseName).collect(Collectors.joining(" ")),
                sign(NarInfo.fingerprint(path, said, references))));
  }

  /** Puts {@code replacement} in the place of what {@code pattern} finds in a description. */
  void edit(StorePath path, String pattern, String replacement) throws IOException {
    String text = Files.readString(narInfo(path));
    String changed = text.replaceAll(pattern, replacement);
    if (changed.equals(text)) {
      throw new AssertionError(pattern + " is not in " + text);
    }
    Files.writeString(narInfo(path), changed);
  }

  String sign(byte[] fingerprint) {
    try {
      Signature signer = Signature.getInstance("Ed25519");
      signer.initSign(keys.getPrivate());
      signer.update(fingerprint);
      return KEY + ":" + Base64.getEncoder().encodeToString(signer.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
