# The program of this example: small, static, and so at home in an empty image. Linux on x86-64.
# as hello.s -o hello.o && ld --strip-all --nmagic --build-id=none -z noexecstack hello.o -o rootfs/bin/hello
    .section .text
    .globl _start
_start:
    mov     $1, %eax                # write(1, text, length)
    mov     $1, %edi
    lea     text(%rip), %rsi
    mov     $length, %edx
    syscall
    mov     $60, %eax               # exit(0)
    xor     %edi, %edi
    syscall
text:
    .ascii  "Hello from an image that no Docker built.\n"
    .set    length, . - text
