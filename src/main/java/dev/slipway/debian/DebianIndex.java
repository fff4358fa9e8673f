package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a mirror has now. Of indexes the one that was asked last is kept in memory. */
public final class DebianIndex {
  private final DebianMirror mirror;
  private final ReleaseSignature signatures;
  private final Path temporary;
  private final Map<String, DebianRelease> releases = new HashMap<>();
  private List<String> lastAsked = List.of();
  private List<DebianPackage> lastPackages = List.of();

  /**
   * Has asked for nothing yet.
   *
   * @param signatures says whether what the mirror has is Debian's
   * @param temporary a folder for a while
   */
  public DebianIndex(DebianMirror mirror, ReleaseSignature signatures, Path temporary) {
    this.mirror = mirror;
    this.signatures = signatures;
    this.temporary = temporary;
  }

  /**
   * Chooses packages.
   *
   * @throws ImageException if there are none such, or something that they need is not there
   * @throws IOException if the mirror cannot be asked
   * @throws InterruptedException if checking a signature is interrupted
   */
  public LockedPackages choose(DebianRequest request) throws IOException, InterruptedException {
    List<LockedPackage> packages = new ArrayList<>();
    for (PackageChoice.Chosen chosen :
        new PackageChoice(packages(request), request.architecture())
            .of(request.packages())
            .values()) {
      DebianPackage found = chosen.found();
      packages.add(
          new LockedPackage(
              found.name(),
              found.version().text(),
              found.path(),
              found.size(),
              found.digest(),
              chosen.needs()));
    }
    return new LockedPackages(request, packages);
  }

  private List<DebianPackage> packages(DebianRequest request)
      throws IOException, InterruptedException {
    List<String> asked = new ArrayList<>(request.components());
    asked.addAll(List.of(request.suite(), request.architecture()));
    if (!asked.equals(lastAsked)) {
      lastAsked = List.of();
      lastPackages = List.of();
      List<DebianPackage> all = new ArrayList<>();
      for (String folder : request.releases()) {
        DebianRelease release = releases.get(folder);
        if (release == null) {
          release = DebianRelease.open(mirror, folder, signatures, temporary);
          releases.put(folder, release);
        }
        for (String component : request.components()) {
          all.addAll(release.packages(component, request.architecture(), temporary));
        }
      }
      lastAsked = asked;
      lastPackages = all;
    }
    return lastPackages;
  }
}
