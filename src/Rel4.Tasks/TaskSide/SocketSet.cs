using Rel4.Hosted.Linux;
using Rel4.Runtime;

namespace Rel4.Hosted.TaskSide;

/// <summary>The sockets that an executor sleeps for. On its thread.</summary>
/// <remarks>
/// Invariant: the number that a socket is known to Linux by is given once, so an event of one that was removed finds nobody, also where a child process
/// keeps what was closed here open.
/// </remarks>
internal sealed unsafe class SocketSet : IDisposable
{
    private const int EventCapacity = 64;

    private readonly Dictionary<ulong, IWatched> _sockets = [];
    private ulong _last;

    private SocketSet(int descriptor) => Descriptor = descriptor;

    /// <summary>Gets the epoll descriptor, which is readable while there are events.</summary>
    public int Descriptor { get; }

    /// <summary>Makes one that a receiver's sleep ends for, too.</summary>
    /// <exception cref="InvalidOperationException">Linux has no descriptors or memory left for it.</exception>
    public static SocketSet Make(UserInterruptReceiver sleeper)
    {
        var set = new SocketSet(Epoll.TryCreate());
        if (set.Descriptor >= 0 && sleeper.TryInclude(set))
            return set;
        set.Dispose();
        throw new InvalidOperationException(
            "This process is out of descriptors, so its executor can't wait for sockets. Raise its limit (SandboxPolicy.OpenDescriptors).");
    }

    /// <summary>Adds a socket; the next events tell what is possible.</summary>
    /// <exception cref="InvalidOperationException">Linux has no memory left for it.</exception>
    public void Add(IWatched socket)
    {
        if (!Epoll.TryAddSocket(Descriptor, DescriptorOf(socket), ++_last))
            throw new InvalidOperationException("Linux has no memory left to wait for one more socket. Raise fs.epoll.max_user_watches");
        _sockets.Add(_last, socket);
        socket.WatchNumber = _last;
    }

    /// <summary>Has the next events tell what is possible with a socket.</summary>
    public void AskAgain(IWatched socket) => Epoll.AskAgain(Descriptor, DescriptorOf(socket), socket.WatchNumber);

    /// <summary>Removes a socket. Of one that was closed Linux knows nothing any more, and its descriptor may be another's.</summary>
    public void Remove(IWatched socket)
    {
        if (_sockets.Remove(socket.WatchNumber) && !socket.Handle.IsClosed)
            Epoll.Remove(Descriptor, DescriptorOf(socket));
    }

    /// <summary>Tells sockets what has become possible, so many as fit: the others are told next. Never waits.</summary>
    public void TakeEvents()
    {
        Epoll.Event* events = stackalloc Epoll.Event[EventCapacity];
        int count = Epoll.Wait(Descriptor, events, EventCapacity, limitMs: 0);
        for (int i = 0; i < count; i++)
        {
            uint news = events[i].Events;
            if (_sockets.TryGetValue(events[i].Data, out IWatched? socket))
                socket.Show((news & Epoll.In) != 0, (news & Epoll.Out) != 0, (news & (Epoll.PeerEnded | Epoll.HungUp | Epoll.Error)) != 0);
        }
    }

    /// <summary>Closes the sockets, too: their run has ended, and their peers are told.</summary>
    public void Dispose()
    {
        foreach (IWatched socket in _sockets.Values.ToArray())
            socket.Dispose();
        Descriptors.CloseAll(Descriptor);
    }

    private static int DescriptorOf(IWatched socket) => (int)socket.Handle.DangerousGetHandle();
}
