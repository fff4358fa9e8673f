package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.ProxySettings;
import dev.slipway.http.RetryPolicy;
import dev.slipway.http.Sleeper;
import dev.slipway.layer.Compression;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import dev.slipway.registry.Credentials;
import dev.slipway.registry.RegistryClient;
import dev.slipway.registry.RegistrySettings;
import dev.slipway.registry.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls from Docker's registry what skopeo pulls from it, and compares the archives. */
class RegistryIT {
  private static final int RANDOM_IMAGES = 6;

  @TempDir Path folder;
  private DockerRegistry open;
  private RegistryClient client;
  private Slipway slipway;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    open = DockerRegistry.start(folder);
    client = client(Optional.empty(), new Credentials.Anonymous());
    slipway = Slipway.in(folder.resolve("home"));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    open.close();
  }

  private static RegistryClient client(Optional<Path> authority, Credentials credentials) {
    return new RegistryClient(
        new RegistrySettings(
            new HttpSettings(
                authority.isPresent(),
                authority,
                List.of(),
                ProxySettings.NONE,
                HttpSettings.CONNECT_TIMEOUT,
                HttpSettings.STALL_TIMEOUT,
                RetryPolicy.DEFAULT,
                Sleeper.REAL,
                InstantSource.system(),
                "slipway/test"),
            _ -> credentials));
  }

  private ImageReference reference(String tag) throws IOException {
    return ImageReference.parse(open.domain() + "/some/image:" + tag);
  }

  private String at(Digest digest) {
    return open.domain() + "/some/image@" + digest;
  }

  private static void skopeo(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("skopeo", "--insecure-policy"));
    command.addAll(List.of(arguments));
    Programs.run(command.toArray(String[]::new));
  }

  private Path pulledBySkopeo(Digest digest, String name, String... platform)
      throws IOException, InterruptedException {
    Path out = folder.resolve("skopeo.tar");
    Files.deleteIfExists(out);
    List<String> arguments = new ArrayList<>(List.of(platform));
    arguments.addAll(
        List.of(
            "copy",
            "--src-tls-verify=false",
            "docker://" + at(digest),
            "docker-archive:" + out + ":" + name));
    skopeo(arguments.toArray(String[]::new));
    return out;
  }

  private Path pulled(Digest digest, String name, String... more)
      throws IOException, InterruptedException {
    Path out = folder.resolve("slipway.tar");
    int colon = name.lastIndexOf(':');
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "pull",
                at(digest),
                "-o",
                out.toString(),
                "--tls-verify=false",
                "--name",
                name.substring(0, colon),
                "--tag",
                name.substring(colon + 1)));
    arguments.addAll(List.of(more));
    slipway.run(arguments.toArray(String[]::new));
    return out;
  }

  private void sameAsSkopeo(ImageManifest manifest, String name)
      throws IOException, InterruptedException {
    assertThat(pulled(manifest.digest(), name))
        .as("%s", manifest.config().digest())
        .hasSameBinaryContentAs(pulledBySkopeo(manifest.digest(), name));
  }

  @Test
  void writesWhatSkopeoWrites() throws IOException, InterruptedException {
    byte[] small = TestImage.tar("a", 5);
    List<TestImage> images =
        List.of(
            new TestImage(false)
                .layer(small, Compression.GZIP)
                .layer(TestImage.emptyTar(), Compression.NONE)
                .layer(TestImage.tar("b", 200_000), Compression.GZIP)
                .layer(small, Compression.GZIP),
            new TestImage(true).layer(small, Compression.GZIP).layer(small, Compression.GZIP),
            // One tar in two forms.
            new TestImage(false).layer(small, Compression.GZIP).layer(small, Compression.NONE),
            new TestImage(true),
            new TestImage(false)
                .layer(small, Compression.GZIP)
                .config(
                    """
                    {"rootfs": {"diff_ids": [DIFF_IDS]}, "os": "a", "os": "linux",
                     "config": null, "container": "c", "docker_version": "<1>", "architecture":
                     "amd64", "container_config": {"\\u0061" : [ 1.50, -0e1, "\\/" ] }}
                    """));
    for (TestImage image : images) {
      sameAsSkopeo(image.push(client, reference("1")), "n/m:t");
    }
    sameAsSkopeo(images.getFirst().manifest(), "n:t");
    sameAsSkopeo(images.getFirst().manifest(), "quay.io/a/b/c:T_1.2");
  }

  @Test
  void writesWhatSkopeoWritesOfImagesLikeNobodyWouldMakeThem()
      throws IOException, InterruptedException {
    long seed = RandomGenerator.getDefault().nextLong();
    System.out.println("seed " + seed);
    RandomGenerator random = RandomGeneratorFactory.getDefault().create(seed);
    for (int i = 0; i < RANDOM_IMAGES; i++) {
      TestImage image = new TestImage(random.nextBoolean());
      int layers = random.nextInt(12);
      for (int layer = 0; layer < layers; layer++) {
        // Docker's form has no name for layers that are not compressed which skopeo knows.
        image.layer(
            TestImage.tar("f" + random.nextInt(4), random.nextInt(3) * 70_000), Compression.GZIP);
      }
      sameAsSkopeo(image.push(client, reference("r" + i)), "random/" + i + ":t");
    }
  }

  @Test
  void choosesThePlatformThatSkopeoChooses() throws IOException, InterruptedException {
    List<Descriptor> manifests = new ArrayList<>();
    for (String variant : List.of("v5", "v6", "v7")) {
      ImageManifest image =
          new TestImage(false)
              .layer(TestImage.tar(variant, 9), Compression.GZIP)
              .push(client, reference(variant));
      manifests.add(image.descriptor().on(new Platform("linux", "arm", variant)));
    }
    ImageIndex index = ImageIndex.of(MediaType.OCI_INDEX, manifests, Map.of());
    client.putManifest(reference("index"), index);
    assertThat(pulled(index.digest(), "n:t", "--arch", "arm"))
        .hasSameBinaryContentAs(
            pulledBySkopeo(
                index.digest(), "n:t", "--override-os", "linux", "--override-arch", "arm"));
    String prefetched =
        slipway.run(
            "prefetch", reference("index").toString(), "--arch", "arm", "--tls-verify=false");
    assertThat(prefetched).contains("imageDigest = \"" + manifests.getLast().digest() + "\"");
  }

  @Test
  void pullImageTakesWhatPrefetchPrints() throws IOException, InterruptedException {
    new TestImage(true)
        .layer(TestImage.tar("etc/motd", 20), Compression.GZIP)
        .push(client, reference("1"));
    String printed =
        slipway.run("prefetch", reference("1").toString(), "--tls-verify=false", "--json");
    String arguments = printed.strip().replaceFirst("\\}$", "");
    slipway.imageFile(
        """
        {"images": {
          "base": {"pullImage": %s, "tlsVerify": false, "os": "linux", "arch": "amd64"}},
          "top": {"buildImage": {"name": "top", "tag": "1", "compressor": "none",
                                 "fromImage": "${{ images.base }}"}}
        }}
        """
            .formatted(arguments));
    slipway.run("build", "top", "-o", "top.tar");
    assertThat(Programs.run(slipway.home(), "skopeo", "inspect", "docker-archive:top.tar"))
        .contains("linux");
  }

  @Test
  void provesWhoAsksToARegistryThatIsProtected() throws IOException, InterruptedException {
    try (DockerRegistry closed = DockerRegistry.startProtected(folder);
        RegistryClient known =
            client(
                Optional.of(closed.authority()), Credentials.parse(DockerRegistry.CREDENTIALS))) {
      ImageReference reference = ImageReference.parse(closed.domain() + "/a/b:1");
      Digest digest =
          new TestImage(false)
              .layer(TestImage.tar("a", 5), Compression.GZIP)
              .push(known, reference)
              .digest();
      String image = closed.domain() + "/a/b@" + digest;
      Slipway trusting = slipway.with(Map.of("SSL_CERT_FILE", closed.authority().toString()));
      trusting.run("pull", image, "-o", "creds.tar", "--creds", DockerRegistry.CREDENTIALS);
      skopeo(
          "login",
          "--authfile=" + folder.resolve("auth.json"),
          "--tls-verify=false",
          "--username=tester",
          "--password=pa:ss",
          closed.domain());
      trusting.run("pull", image, "-o", "auth.tar", "--authfile=" + folder.resolve("auth.json"));
      slipway.run(
          "pull",
          image,
          "-o",
          "unverified.tar",
          "--tls-verify=false",
          "--creds",
          DockerRegistry.CREDENTIALS);
      assertThat(slipway.home().resolve("auth.tar"))
          .hasSameBinaryContentAs(slipway.home().resolve("creds.tar"));
      assertThat(slipway.home().resolve("unverified.tar"))
          .hasSameBinaryContentAs(slipway.home().resolve("creds.tar"));
      assertThat(slipway.fail("pull", image, "-o", "x.tar"))
          .contains("its certificate is not to be trusted");
      assertThat(trusting.fail("pull", image, "-o", "x.tar")).contains("401 unauthorized");
      assertThat(trusting.fail("pull", image, "-o", "x.tar", "--creds", "tester:wrong"))
          .contains("401 unauthorized")
          .doesNotContain("wrong");
    }
  }

  @Test
  void provesWhoAsksWithCertificates() throws IOException, InterruptedException {
    try (DockerRegistry known = DockerRegistry.startForKnownClients(folder)) {
      Path files =
          Files.createDirectories(
              slipway.home().resolve(".config/containers/certs.d").resolve(known.domain()));
      Files.copy(known.authority(), files.resolve("ca.crt"));
      String digest = "@sha256:" + "0".repeat(64);
      assertThat(slipway.fail("pull", known.domain() + "/a" + digest, "-o", "x.tar"))
          .contains("certificate");
      new TestImage(false)
          .layer(TestImage.tar("etc/motd", 20), Compression.GZIP)
          .push(client, reference("1"));
      slipway.run(
          "pull",
          "--tls-verify=false",
          at(client.manifest(reference("1")).digest()),
          "-o",
          "a.tar");
      for (String kind : List.of("rsa", "old-rsa", "ec")) {
        for (String end : List.of("crt", "key")) {
          Files.copy(
              folder.resolve("secrets").resolve(kind + "." + end),
              files.resolve("client." + end.replace("crt", "cert")),
              StandardCopyOption.REPLACE_EXISTING);
        }
        String pushed = slipway.run("push", "a.tar", known.domain() + "/a:" + kind).strip();
        slipway.run("pull", pushed, "-o", kind + ".tar");
        skopeo(
            "inspect",
            "--raw",
            "--cert-dir=" + files,
            "docker://" + pushed.replaceFirst(":[^:]*@", "@"));
      }
    }
  }

  @Test
  void mountsAndFindsBlobs() throws IOException {
    ImageManifest manifest =
        new TestImage(false)
            .layer(TestImage.tar("a", 5), Compression.GZIP)
            .push(client, reference("1"));
    Descriptor layer = manifest.layers().getFirst();
    ImageReference other = ImageReference.parse(open.domain() + "/other:1");
    assertThat(client.hasBlob(other.repository(), layer)).isFalse();
    assertThat(client.mountBlob(other.repository(), layer.digest(), reference("1").repository()))
        .isTrue();
    assertThat(client.hasBlob(other.repository(), layer)).isTrue();
    assertThat(
            client.mountBlob(
                other.repository(), Digest.of(new byte[] {1}), reference("1").repository()))
        .isFalse();
    assertThat(client.findManifest(reference("1"))).contains(manifest.descriptor());
  }
}
