using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Sleeps on a word of memory that processes share, and wakes who sleeps there (<c>futex(2)</c>).</summary>
internal static unsafe partial class Futex
{
    private const nint Number = 202;
    private const nint WaitManyNumber = 449;
    private const int WaitOperation = 0, WakeOperation = 1;

    /// <summary>Gets whether Linux waits on more than one word (<c>futex_waitv(2)</c>, since 5.16) and no filter is in the way.</summary>
    public static bool CanWaitForEither { get; } = TryWaitForEither();

    /// <summary>Sleeps while the word has a value. Also returns for no reason, so the caller looks again.</summary>
    public static void Wait(uint* word, uint value) => _ = SysCall(Number, word, WaitOperation, value, null, null, 0);

    /// <summary>Sleeps while the word has a value, for a limited time.</summary>
    public static void Wait(uint* word, uint value, TimeSpan limit)
    {
        TimeSpec time = new() { Seconds = (long)limit.TotalSeconds, Nanoseconds = limit.Ticks % TimeSpan.TicksPerSecond * 100 };
        _ = SysCall(Number, word, WaitOperation, value, &time, null, 0);
    }

    /// <summary>Sleeps while both words have a value. Also returns for no reason, so the caller looks again.</summary>
    public static void WaitForEither(uint* word1, uint value1, uint* word2, uint value2)
    {
        Waiter* waiters = stackalloc Waiter[2];
        waiters[0] = new Waiter(word1, value1);
        waiters[1] = new Waiter(word2, value2);
        _ = SysCall(WaitManyNumber, waiters, 2, 0, null, 0);
    }

    /// <summary>Wakes the one that sleeps.</summary>
    public static void Wake(uint* word) => _ = SysCall(Number, word, WakeOperation, 1, null, null, 0);

    private static bool TryWaitForEither()
    {
        // The word has another value, so it does not wait.
        uint word = 0;
        var waiter = new Waiter(&word, 1);
        return SysCallWithError(WaitManyNumber, &waiter, 1, 0, null, 0) < 0 && Marshal.GetLastPInvokeError() == (int)LinuxError.EAGAIN;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SysCallWithError(nint number, Waiter* waiters, nint count, nint flags, TimeSpec* limit, nint clock);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SysCall(nint number, Waiter* waiters, nint count, nint flags, TimeSpec* limit, nint clock);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SysCall(nint number, uint* word, nint operation, nuint value, TimeSpec* limit, uint* second, nint third);

    /// <summary>Is Linux's <c>struct futex_waitv</c>, for a word of 32 bits.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Waiter(uint* word, uint value)
    {
        private readonly ulong _value = value;
        private readonly ulong _address = (ulong)word;
        private readonly uint _flags = 2;
        private readonly uint _reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
