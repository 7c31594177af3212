using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Waits for many descriptors at once (<c>epoll(7)</c>).</summary>
internal static unsafe partial class Epoll
{
    private const int CloseOnExec = 0x80000;
    private const int AddOperation = 1, RemoveOperation = 2, ChangeOperation = 3;
    private const uint EdgeTriggered = 1u << 31;

    /// <summary>Says what an event tells: something to read, room to write, an error, both directions ended, nothing more to come.</summary>
    internal const uint In = 1, Out = 4, Error = 8, HungUp = 0x10, PeerEnded = 0x2000;

    private const uint News = In | Out | PeerEnded | EdgeTriggered;

    /// <summary>Lays out <c>struct epoll_event</c>, which is packed on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct Event
    {
        public uint Events;
        public ulong Data;
    }

    /// <summary>Makes a set.</summary>
    /// <returns>The descriptor, or the negated errno.</returns>
    public static int TryCreate()
    {
        int descriptor = EpollCreate(CloseOnExec);
        return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
    }

    public static int Create() => LinuxException.Check(EpollCreate(CloseOnExec), "epoll_create1");

    /// <summary>Reports every new ring of an eventfd once, so it need not be read, and of a bell, which must be or fills up.</summary>
    /// <returns>False if Linux has no memory left for it.</returns>
    public static bool TryAddDoorbell(int epoll, int descriptor, ulong data = 0) => TryAdd(epoll, descriptor, In | EdgeTriggered, data);

    /// <summary>Reports a process's end on its pidfd, as long as it is not removed.</summary>
    /// <returns>False if Linux has no memory left for it.</returns>
    public static bool TryAddReadable(int epoll, int descriptor, ulong data) => TryAdd(epoll, descriptor, In, data);

    /// <summary>Reports once whatever is new of a socket, and at first what is so.</summary>
    /// <returns>False if Linux has no memory left for it.</returns>
    public static bool TryAddSocket(int epoll, int descriptor, ulong data) => TryAdd(epoll, descriptor, News, data);

    /// <summary>Reports once more what is so of a socket.</summary>
    public static void AskAgain(int epoll, int descriptor, ulong data)
    {
        Event description = new() { Events = News, Data = data };
        _ = EpollCtl(epoll, ChangeOperation, descriptor, &description);
    }

    /// <summary>As <see cref="TryAddReadable"/>.</summary>
    /// <exception cref="LinuxException">Linux has no memory left for it.</exception>
    public static void AddReadable(int epoll, int descriptor, ulong data) =>
        LinuxException.Check(TryAddReadable(epoll, descriptor, data) ? 0 : -1, "epoll_ctl");

    public static void Remove(int epoll, int descriptor) => _ = EpollCtl(epoll, RemoveOperation, descriptor, null);

    /// <summary>Waits until something happens.</summary>
    /// <returns>How many events there are; 0 if the limit has passed or a signal came.</returns>
    public static int Wait(int epoll, Event* events, int capacity, int limitMs)
    {
        int count = EpollWait(epoll, events, capacity, limitMs);
        return count < 0 ? 0 : count;
    }

    private static bool TryAdd(int epoll, int descriptor, uint events, ulong data)
    {
        Event description = new() { Events = events, Data = data };
        return EpollCtl(epoll, AddOperation, descriptor, &description) == 0;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollCtl(int epoll, int operation, int descriptor, Event* description);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int EpollWait(int epoll, Event* events, int capacity, int limitMs);
}
