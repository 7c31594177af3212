using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Closes descriptors and makes eventfds, the doorbells.</summary>
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

    /// <summary>Makes another descriptor for the same thing.</summary>
    public static int Duplicate(int descriptor)
    {
        const int DuplicateCloseOnExec = 1030;
        return LinuxException.Check(FCntl(descriptor, DuplicateCloseOnExec, 0), "fcntl(F_DUPFD_CLOEXEC)");
    }

    /// <summary>Rings an eventfd. One that was rung 2^64-2 times and never read stays rung.</summary>
    public static void Ring(int descriptor)
    {
        ulong one = 1;
        _ = Write(descriptor, &one, sizeof(ulong));
    }

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, void* buffer, nuint count);
}
