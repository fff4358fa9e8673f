package dev.slipway.layer;

/** Splits device numbers as Linux packs them into {@code st_rdev} (glibc, "sys/sysmacros.h"). */
final class Devices {
  private Devices() {}

  static long major(long rdev) {
    return ((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & 0xfffff000L);
  }

  static long minor(long rdev) {
    return (rdev & 0xff) | ((rdev >>> 12) & 0xffffff00L);
  }
}
