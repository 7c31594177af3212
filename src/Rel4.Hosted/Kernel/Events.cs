using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Kernel;

/// <summary>Names what the kernel sleeps for.</summary>
internal enum EventKind : uint
{
    /// <summary>Another thread of the kernel's process wants something.</summary>
    Wake,

    /// <summary>A thread made a system call that the kernel would not see by itself.</summary>
    Doorbell,

    /// <summary>A process ended.</summary>
    ProcessEnd,
}

/// <summary>Sleeps until one of many events comes; each is known by its kind and a number.</summary>
internal sealed unsafe class Events : IDisposable
{
    private const int Capacity = 64;

    private readonly int _epoll = Epoll.Create();
    private readonly Epoll.Event[] _batch = GC.AllocateArray<Epoll.Event>(Capacity, pinned: true);

    /// <summary>Reports that an eventfd was rung, once each time it is.</summary>
    /// <returns>False if Linux has no memory left for it.</returns>
    public bool TryAddDoorbell(int descriptor, EventKind kind, int number) => Epoll.TryAddDoorbell(_epoll, descriptor, Pack(kind, number));

    /// <summary>Reports that a descriptor is readable, as long as it is.</summary>
    /// <returns>False if Linux has no memory left for it, or it is of a kind that can't be waited for.</returns>
    public bool TryAddReadable(int descriptor, EventKind kind, int number) => Epoll.TryAddReadable(_epoll, descriptor, Pack(kind, number));

    public void Remove(int descriptor) => Epoll.Remove(_epoll, descriptor);

    /// <summary>Waits for events.</summary>
    /// <param name="limitMs">How long at most; -1 for ever.</param>
    /// <returns>How many there are to be read by <see cref="this"/>.</returns>
    public int Wait(int limitMs)
    {
        fixed (Epoll.Event* batch = _batch)
            return Epoll.Wait(_epoll, batch, Capacity, limitMs);
    }

    public (EventKind Kind, int Number) this[int index]
    {
        get
        {
            ulong data = _batch[index].Data;
            return ((EventKind)(data >> 32), (int)data);
        }
    }

    public void Dispose() => _ = Descriptors.Close(_epoll);

    private static ulong Pack(EventKind kind, int number) => ((ulong)kind << 32) | (uint)number;
}
