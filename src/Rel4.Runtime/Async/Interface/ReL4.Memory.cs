using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>What peers may take of this process' memory.</content>
public static partial class ReL4
{
    /// <summary>The least that <see cref="MemoryPerPeer"/> may be: 1 MiB.</summary>
    public const long LeastMemoryPerPeer = 1 << 20;

    private static long s_memoryPerPeer = 64 << 20;

    /// <summary>Is raised for a request or response that code has received and forgotten, after the garbage collector has found it.</summary>
    /// <remarks>
    /// On an executor's thread, or another one of the runtime. What a listener throws is dropped. While nobody listens, a line on the standard error output
    /// says it, one a second at most; <c>rel4.messages.forgotten</c> counts all.
    /// </remarks>
    public static event EventHandler<ForgottenMessageEventArgs>? MessageForgotten;

    /// <summary>Gets or sets the bytes that one peer may have lying in this process' memory: 64 MiB unless set.</summary>
    /// <remarks>
    /// A peer is a client, known by its badge at one endpoint, or the server at one endpoint; all its channels are counted together. Counted are long messages, from
    /// the moment on in which they begin to arrive, and messages that are kept for so long that they are moved out of the ring. A peer that has used it
    /// up is read no further until some is given back; others don't notice. It is also the longest message that is taken, up to 1 GiB: a sender of a
    /// longer one learns that at once. Channels and endpoints that are opened later go by a new value. Any thread.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is less than <see cref="LeastMemoryPerPeer"/>.</exception>
    public static long MemoryPerPeer
    {
        get => Volatile.Read(ref s_memoryPerPeer);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, LeastMemoryPerPeer);
            Volatile.Write(ref s_memoryPerPeer, value);
        }
    }

    /// <summary>Gets the bytes of the longest message that is taken.</summary>
    internal static int MaxMessageBytes => (int)Math.Min(MemoryPerPeer, ChannelOptions.LargestMessageBytes);

    /// <summary>Tells whoever listens of a message that was forgotten.</summary>
    /// <returns>False if nobody listens.</returns>
    internal static bool RaiseMessageForgotten(ForgottenMessageEventArgs forgotten)
    {
        if (MessageForgotten is not { } listeners)
            return false;
        try
        {
            listeners(null, forgotten);
        }
        catch (Exception)
        {
            // A listener that fails is no reason to stop what everybody else's coroutines do.
        }

        return true;
    }
}
