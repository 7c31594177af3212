using System.Diagnostics;
using Rel4.Abi;

namespace Rel4.Hosted.Kernel;

/// <summary>Is what the kernel keeps of a page over which two threads hand calls over without it.</summary>
/// <param name="client">The thread that calls.</param>
/// <param name="server">The thread that receives and replies.</param>
internal sealed class Lane(HostedThread client, HostedThread server)
{
    public HostedThread Client { get; } = client;

    public HostedThread Server { get; } = server;

    /// <summary>Gets or sets whether calls go past the kernel.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Gets or sets the number of the client's call when <see cref="Lanes"/> looked at its pace last.</summary>
    public uint LastSeen { get; set; }

    /// <summary>Gets or sets when that was, in ticks of <see cref="Stopwatch"/>.</summary>
    public long LookedAt { get; set; }

    /// <summary>Gets or sets the badge of the capability that the client calls through.</summary>
    public ulong Badge { get; set; }

    /// <summary>Gets or sets what the reply may bring beside words.</summary>
    public CapRights ReplyRights { get; set; }

    /// <summary>Takes it from its threads. It is closed. They keep its page until another comes: one that is on its way must find who takes it.</summary>
    public void Detach()
    {
        Debug.Assert(!IsOpen, "the core would change what its threads are at");
        Client.Lane = null;
        Server.Lane = null;
    }
}
