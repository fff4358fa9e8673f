package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.StoreObjectSpec;
import dev.slipway.debian.DebianIndex;
import dev.slipway.debian.DebianMirror;
import dev.slipway.debian.DebianRequest;
import dev.slipway.debian.LockFile;
import dev.slipway.debian.LockedPackages;
import dev.slipway.debian.ReleaseSignature;
import dev.slipway.files.os.OutputFile;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.Platform;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** {@code slipway lock}: pins the Debian packages of an image file. */
final class LockCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    if (invocation.words().size() > 1) {
      throw new UsageException("slipway lock takes no arguments; -f names the image file");
    }
    ImageFile file = ImageFiles.read(invocation, session);
    LockFile before = Packages.lock(file);
    TreeMap<String, List<LockedPackages>> paths = new TreeMap<>();
    int pinned = 0;
    try (DebianMirror mirror = Packages.mirror(invocation.value(OptionName.DEB_MIRROR), session)) {
      DebianIndex index =
          new DebianIndex(
              mirror, signatures(invocation, session), session.temporaryFiles().folder());
      for (Asked asked : asked(file, before, invocation)) {
        LockedPackages packages = chosen(index, asked);
        pinned += packages.packages().size();
        paths.computeIfAbsent(asked.name(), _ -> new ArrayList<>()).add(packages);
      }
    }
    Path place = file.lockFile();
    try (OutputFile output = OutputFile.create(place, session.temporaryFiles())) {
      ByteBuffer rest = ByteBuffer.wrap(new LockFile(paths).bytes());
      while (rest.hasRemaining()) {
        output.channel().write(rest);
      }
      output.commit();
    }
    int count = pinned;
    session.tell("pinned " + count + " packages");
    new JsonOrText(session.streams(), invocation.has(OptionName.JSON))
        .write(
            () ->
                JsonObject.EMPTY
                    .with("out", place.toString())
                    .with("packages", JsonNumber.of(count)),
            () -> place + "\n");
  }

  private static LockedPackages chosen(DebianIndex index, Asked asked)
      throws IOException, InterruptedException {
    try {
      return index.choose(asked.request());
    } catch (ImageException e) {
      throw new ImageException("paths." + asked.name() + ": " + e.getMessage(), e);
    }
  }

  /** What is asked of Debian for a name. */
  private record Asked(String name, DebianRequest request) {}

  /**
   * The packages for each platform that the file's images are for, and each architecture that they
   * were pinned for before; those of one architecture together, so that its index is read once.
   */
  private static List<Asked> asked(ImageFile file, LockFile before, Invocation invocation) {
    Set<Asked> all = new LinkedHashSet<>();
    for (Map.Entry<String, StoreObjectSpec> path : file.paths().entrySet()) {
      String name = path.getKey();
      if (path.getValue() instanceof StoreObjectSpec.Deb deb) {
        for (Platform platform : file.platforms()) {
          all.add(new Asked(name, Packages.request(deb, platform)));
        }
        Set<String> more = new LinkedHashSet<>(invocation.values(OptionName.ARCH));
        for (LockedPackages locked : before.paths().getOrDefault(name, List.of())) {
          more.add(locked.request().architecture());
        }
        for (String architecture : more) {
          all.add(new Asked(name, Packages.request(deb, new Platform("linux", architecture))));
        }
      }
    }
    return all.stream()
        .sorted(
            Comparator.comparing((Asked asked) -> asked.request().architecture())
                .thenComparing(asked -> asked.request().suite()))
        .toList();
  }

  private static ReleaseSignature signatures(Invocation invocation, Session session)
      throws UsageException {
    Optional<String> given = invocation.value(OptionName.DEB_KEYRING);
    if (given.equals(Optional.of("none"))) {
      return new ReleaseSignature(
          Optional.empty(), ReleaseSignature.GPGV, session.clock(), session::tell);
    }
    Path keyring = given.map(Path::of).orElse(ReleaseSignature.KEYRING);
    if (given.isPresent() && !Files.exists(keyring)) {
      throw new UsageException("--deb-keyring: " + keyring + ": no such file");
    }
    return new ReleaseSignature(
        Optional.of(keyring), ReleaseSignature.GPGV, session.clock(), session::tell);
  }
}
