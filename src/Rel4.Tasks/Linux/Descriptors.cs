using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rel4.Hosted.Linux;

/// <summary>Closes descriptors and makes doorbells: eventfds and pipes.</summary>
internal static unsafe partial class Descriptors
{
    private const int CloseOnExec = 0x80000, NonBlocking = 0x800;

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>Closes several; negative numbers stand for none.</summary>
    public static void CloseAll(params ReadOnlySpan<int> descriptors)
    {
        foreach (int descriptor in descriptors)
        {
            if (descriptor >= 0)
                _ = Close(descriptor);
        }
    }

    /// <summary>Makes an eventfd.</summary>
    /// <returns>The descriptor, or the negated errno.</returns>
    public static int TryCreateEvent()
    {
        int descriptor = EventFd(0, CloseOnExec | NonBlocking);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    /// <summary>Gets whether this process can open no more.</summary>
    public static bool HaveRunOut
    {
        get
        {
            int descriptor = TryCreateEvent();
            if (descriptor >= 0)
                _ = Close(descriptor);
            return descriptor < 0;
        }
    }

    /// <summary>Makes a bell between two who do not trust each other: a pipe.</summary>
    /// <param name="ringer">The end to <see cref="Ring"/>; the negated errno if there is none.</param>
    /// <param name="listener">The end that becomes readable; the negated errno if there is none.</param>
    /// <remarks>
    /// Both would hold the same open file if it were an eventfd. Either could make that blocking and fill it, and the other would wait where it
    /// rings. The ends of a pipe are two open files, and who has the one can't change how the other behaves.
    /// </remarks>
    public static void TryCreateBell(out int ringer, out int listener)
    {
        int* ends = stackalloc int[2];
        if (Pipe(ends, CloseOnExec | NonBlocking) != 0)
            ends[0] = ends[1] = -Marshal.GetLastPInvokeError();
        listener = ends[0];
        ringer = ends[1];
    }

    /// <summary>Opens a file for reading, as it is.</summary>
    /// <remarks>.NET's own ways lock what they open, so that anybody who may open a file too can make them fail.</remarks>
    /// <exception cref="LinuxException">It can't be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        const int AtWorkingDirectory = -100;
        nint name = Marshal.StringToCoTaskMemUTF8(path);
        nint descriptor = SystemCall.TryInvoke(SystemCallNumber.openat, out LinuxError error, AtWorkingDirectory, name, CloseOnExec);
        Marshal.FreeCoTaskMem(name);
        return error == LinuxError.None
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new LinuxException(nameof(SystemCallNumber.openat), error, path);
    }

    /// <summary>Makes a pipe.</summary>
    /// <exception cref="LinuxException">Linux has no descriptors left.</exception>
    public static (SafePipeHandle Reader, SafePipeHandle Writer) CreatePipe()
    {
        int* ends = stackalloc int[2];
        LinuxException.Check(Pipe(ends, CloseOnExec), "pipe2");
        return (new SafePipeHandle(ends[0], ownsHandle: true), new SafePipeHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Makes another descriptor for the same thing.</summary>
    public static int Duplicate(int descriptor)
    {
        const int DuplicateCloseOnExec = 1030;
        return LinuxException.Check(FCntl(descriptor, DuplicateCloseOnExec, 0), "fcntl(F_DUPFD_CLOEXEC)");
    }

    /// <summary>Rings an eventfd or bell. One that is full stays rung.</summary>
    public static void Ring(int descriptor)
    {
        ulong one = 1;
        _ = Write(descriptor, &one, sizeof(ulong));
    }

    /// <summary>Takes rings from an eventfd or bell, so that it does not fill up. Does not wait, and takes what fits: its ringer may never stop.</summary>
    public static void Silence(int descriptor)
    {
        const int Most = 512;
        ulong* rings = stackalloc ulong[Most];
        _ = Read(descriptor, rings, Most * sizeof(ulong));
    }

    /// <summary>Lets reads and writes through this open file return at once when they would wait.</summary>
    public static void StopWaiting(SafeHandle descriptor)
    {
        const int SetFlags = 4;
        LinuxException.Check(FCntl(descriptor, SetFlags, NonBlocking), "fcntl(F_SETFL)");
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>How many bytes: 0 at the end, -1 if there is nothing now.</returns>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    public static int ReadAvailable(SafeHandle descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
            return (int)Read(descriptor, start, (nuint)buffer.Length);
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeHandle descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(SafeHandle descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, void* buffer, nuint count);
}
