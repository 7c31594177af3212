using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Supervision;

/// <summary>Calls back when descriptors become readable: one thread for any number of them.</summary>
/// <remarks>
/// Members may be used from any thread. Callbacks run on the watch's thread, one after another, as long as a descriptor is readable and
/// watched.
/// </remarks>
internal sealed unsafe class DescriptorWatch : IDisposable
{
    private const int EventCapacity = 32;
    private const ulong StopKey = 0;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, (SafeHandle Descriptor, Func<bool> Ready)> _watched = [];
    private readonly Thread _thread;
    private readonly int _epoll = Epoll.Create();
    private readonly int _stop = LinuxException.Check(Descriptors.TryCreateEvent(), "eventfd");
    private ulong _lastKey;

    public DescriptorWatch(string name)
    {
        Epoll.AddReadable(_epoll, _stop, StopKey);
        _thread = new Thread(Run, maxStackSize: 256 * 1024) { IsBackground = true, Name = name };
        _thread.UnsafeStart();
    }

    /// <summary>Starts to watch a descriptor, which stays open until it is no longer watched.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="ready">What to call, which returns whether to go on.</param>
    /// <returns>What to name it by.</returns>
    public ulong Add(SafeHandle descriptor, Func<bool> ready)
    {
        bool added = false;
        descriptor.DangerousAddRef(ref added);
        lock (_lock)
        {
            ulong key = ++_lastKey;
            _watched.Add(key, (descriptor, ready));
            Epoll.AddReadable(_epoll, (int)descriptor.DangerousGetHandle(), key);
            return key;
        }
    }

    /// <summary>Watches a descriptor no longer. Nothing happens if it was not.</summary>
    public void Remove(ulong key)
    {
        lock (_lock)
        {
            if (!_watched.Remove(key, out (SafeHandle Descriptor, Func<bool> Ready) watched))
                return;
            Epoll.Remove(_epoll, (int)watched.Descriptor.DangerousGetHandle());
            watched.Descriptor.DangerousRelease();
        }
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        Descriptors.Ring(_stop);
        _thread.Join();
        foreach (ulong key in _watched.Keys.ToArray())
            Remove(key);
        _ = Descriptors.Close(_stop);
        _ = Descriptors.Close(_epoll);
    }

    private void Run()
    {
        Epoll.Event* events = stackalloc Epoll.Event[EventCapacity];
        while (true)
        {
            int count = Epoll.Wait(_epoll, events, EventCapacity, -1);
            for (int i = 0; i < count; i++)
            {
                if (events[i].Data == StopKey)
                    return;
                if (Find(events[i].Data) is { } ready && !ready())
                    Remove(events[i].Data);
            }
        }
    }

    private Func<bool>? Find(ulong key)
    {
        lock (_lock)
            return _watched.TryGetValue(key, out (SafeHandle Descriptor, Func<bool> Ready) watched) ? watched.Ready : null;
    }
}
