package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.StoreObjectSpec;
import dev.slipway.debian.DebianMirror;
import dev.slipway.debian.DebianRequest;
import dev.slipway.debian.LockFile;
import dev.slipway.debian.LockedPackages;
import dev.slipway.debian.ReleaseSignature;
import dev.slipway.files.os.OutputFile;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.Platform;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
      for (Map.Entry<String, StoreObjectSpec> path : file.paths().entrySet()) {
        if (path.getValue() instanceof StoreObjectSpec.Deb deb) {
          List<LockedPackages> locked = new ArrayList<>();
          for (DebianRequest request : requests(path.getKey(), deb, file, before, invocation)) {
            LockedPackages packages =
                LockedPackages.of(
                    request,
                    mirror,
                    signatures(invocation, session),
                    session.temporaryFiles().folder());
            pinned += packages.packages().size();
            locked.add(packages);
          }
          paths.put(path.getKey(), locked);
        }
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

  /**
   * What is asked for: the packages for each platform that the file's images are for, and each
   * architecture that they were pinned for before.
   */
  private static Set<DebianRequest> requests(
      String name,
      StoreObjectSpec.Deb deb,
      ImageFile file,
      LockFile before,
      Invocation invocation) {
    Set<DebianRequest> requests = new LinkedHashSet<>();
    for (Platform platform : file.platforms()) {
      requests.add(Packages.request(deb, platform));
    }
    Set<String> more = new LinkedHashSet<>(invocation.values(OptionName.ARCH));
    before
        .paths()
        .getOrDefault(name, List.of())
        .forEach(locked -> more.add(locked.request().architecture()));
    for (String architecture : more) {
      requests.add(Packages.request(deb, new Platform("linux", architecture)));
    }
    // The same document whoever writes it.
    return new LinkedHashSet<>(
        requests.stream().sorted((a, b) -> a.architecture().compareTo(b.architecture())).toList());
  }

  private static ReleaseSignature signatures(Invocation invocation, Session session)
      throws UsageException {
    Optional<String> given = invocation.value(OptionName.DEB_KEYRING);
    if (given.equals(Optional.of("none"))) {
      return new ReleaseSignature(Optional.empty(), ReleaseSignature.GPGV, session::tell);
    }
    Path keyring = given.map(Path::of).orElse(ReleaseSignature.KEYRING);
    if (given.isPresent() && !Files.exists(keyring)) {
      throw new UsageException("--deb-keyring: " + keyring + ": no such file");
    }
    return new ReleaseSignature(Optional.of(keyring), ReleaseSignature.GPGV, session::tell);
  }
}
