using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Sleeps on a word of memory that processes share, and wakes who sleeps there (<c>futex(2)</c>).</summary>
internal static unsafe partial class Futex
{
    private const nint Number = 202;
    private const int WaitOperation = 0, WakeOperation = 1;

    /// <summary>Sleeps while the word has a value. Also returns for no reason, so the caller looks again.</summary>
    public static void Wait(uint* word, uint value) => _ = SysCall(Number, word, WaitOperation, value, null, null, 0);

    /// <summary>Sleeps while the word has a value, for a limited time.</summary>
    public static void Wait(uint* word, uint value, TimeSpan limit)
    {
        TimeSpec time = new() { Seconds = (long)limit.TotalSeconds, Nanoseconds = limit.Ticks % TimeSpan.TicksPerSecond * 100 };
        _ = SysCall(Number, word, WaitOperation, value, &time, null, 0);
    }

    /// <summary>Wakes the one that sleeps.</summary>
    public static void Wake(uint* word) => _ = SysCall(Number, word, WakeOperation, 1, null, null, 0);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SysCall(nint number, uint* word, nint operation, nuint value, TimeSpec* limit, uint* second, nint third);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
