using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Is the machine code that makes a child and prepares it: a list of system calls, made one after the other.</summary>
/// <remarks>
/// <para>
/// Between <c>clone</c> and <c>execve</c> a child may not run managed code, nor anything else that needs the runtime's threads, and the C
/// library's <c>posix_spawn</c> offers few of the calls that a sandbox takes. These instructions only read a list, so all that happens in
/// the child is data that managed code has prepared.
/// </para>
/// <para>
/// The child shares the memory of its parent until <c>execve</c>, and the parent's thread stands still that long (<c>CLONE_VM</c> and
/// <c>CLONE_VFORK</c>). It uses registers only, so it can share the stack too.
/// </para>
/// </remarks>
internal static unsafe partial class SpawnCode
{
    private const int ReadWrite = 0b011;
    private const int ReadExecute = 0b101;
    private const int PrivateAnonymous = 0x22;

    private static readonly delegate* unmanaged<nuint, nint, int*, Step*, int*, nint> Entry = Map();

    // rdi: flags of clone, rsi: 0 for the same stack, rdx: where the child's descriptor goes, rcx: the first step, r8: where its number goes.
    private static ReadOnlySpan<byte> Code =>
    [
        0x49, 0x89, 0xC9,             //         mov   r9, rcx          ; syscall overwrites rcx and r11
        0x4D, 0x89, 0xC2,             //         mov   r10, r8
        0x45, 0x31, 0xC0,             //         xor   r8d, r8d
        0xB8, 0x38, 0x00, 0x00, 0x00, //         mov   eax, 56          ; clone
        0x0F, 0x05,                   //         syscall
        0x48, 0x85, 0xC0,             //         test  rax, rax
        0x75, 0x32,                   //         jnz   parent           ; also if clone failed
        0x49, 0x8B, 0x01,             // next:   mov   rax, [r9]
        0x49, 0x8B, 0x79, 0x08,       //         mov   rdi, [r9+8]
        0x49, 0x8B, 0x71, 0x10,       //         mov   rsi, [r9+16]
        0x49, 0x8B, 0x51, 0x18,       //         mov   rdx, [r9+24]
        0x4D, 0x8B, 0x51, 0x20,       //         mov   r10, [r9+32]
        0x4D, 0x8B, 0x41, 0x28,       //         mov   r8, [r9+40]
        0x0F, 0x05,                   //         syscall
        0x49, 0x89, 0x41, 0x30,       //         mov   [r9+48], rax
        0x49, 0x83, 0xC1, 0x40,       //         add   r9, 64
        0x48, 0x85, 0xC0,             //         test  rax, rax
        0x79, 0xDA,                   //         jns   next
        0xBF, 0x7F, 0x00, 0x00, 0x00, //         mov   edi, 127
        0xB8, 0xE7, 0x00, 0x00, 0x00, //         mov   eax, 231         ; exit_group
        0x0F, 0x05,                   //         syscall
        0xC3,                         // parent: ret
    ];

    /// <summary>Makes a child that takes the given steps.</summary>
    /// <param name="flags">The flags of <c>clone(2)</c>.</param>
    /// <param name="processDescriptor">Where <c>CLONE_PIDFD</c> puts the descriptor.</param>
    /// <param name="steps">The steps, the last of which is <c>execve</c>.</param>
    /// <param name="processNumber">Where <c>CLONE_CHILD_SETTID</c> puts the number of the child, before it takes the first step.</param>
    /// <returns>The child's process number, or a negative error number.</returns>
    /// <remarks>All signals must be blocked: a handler of the parent's would run in the child, in the parent's memory.</remarks>
    public static nint Run(nuint flags, int* processDescriptor, Step* steps, int* processNumber) =>
        Entry(flags, 0, processDescriptor, steps, processNumber);

    private static delegate* unmanaged<nuint, nint, int*, Step*, int*, nint> Map()
    {
        nint memory = Mmap(0, Code.Length, ReadWrite, PrivateAnonymous, -1, 0);
        if (memory == -1)
            throw new LinuxException("mmap", (LinuxError)Marshal.GetLastPInvokeError());
        Code.CopyTo(new Span<byte>((void*)memory, Code.Length));
        // Never writable and executable at the same time.
        if (Mprotect(memory, Code.Length, ReadExecute) == -1)
            throw new LinuxException("mprotect", (LinuxError)Marshal.GetLastPInvokeError());
        return (delegate* unmanaged<nuint, nint, int*, Step*, int*, nint>)memory;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Mmap(nint address, nint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Mprotect(nint address, nint length, int protection);

    /// <summary>Is one system call of the child: offsets and size are known to the machine code.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct Step
    {
        /// <summary>Is the result of a step that was not taken, or of <c>execve</c> that succeeded. No call returns it.</summary>
        public const long NotTaken = long.MinValue;

        [FieldOffset(0)]
        public long Number;

        [FieldOffset(8)]
        public nint First;

        [FieldOffset(16)]
        public nint Second;

        [FieldOffset(24)]
        public nint Third;

        [FieldOffset(32)]
        public nint Fourth;

        [FieldOffset(40)]
        public nint Fifth;

        /// <summary>What the call returned: a negative error number ends the child.</summary>
        [FieldOffset(48)]
        public long Result;
    }
}
