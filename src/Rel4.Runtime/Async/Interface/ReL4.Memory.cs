using Rel4.Runtime.Channels;

namespace Rel4.Runtime;

/// <content>What peers may take of this process' memory.</content>
public static partial class ReL4
{
    /// <summary>The least that <see cref="MemoryPerPeer"/> may be: 1 MiB.</summary>
    public const long LeastMemoryPerPeer = 1 << 20;

    private static long s_memoryPerPeer = 64 << 20;

    /// <summary>Is raised for a request or response that code has received, or a message that it has begun to write, and forgotten, after the garbage collector has found it.</summary>
    /// <remarks>
    /// On an executor's thread, or another one of the runtime. What a listener throws is dropped. While nobody listens, a line on the standard error output
    /// says it, one a second at most; <c>rel4.messages.forgotten</c> counts all. The collector comes when code allocates, and is asked to come while
    /// a peer has used up its <see cref="MemoryPerPeer"/>. A server that idles does neither: whoever waits for a forgotten request there waits on, so let
    /// callers set time limits.
    /// </remarks>
    public static event EventHandler<ForgottenMessageEventArgs>? MessageForgotten;

    /// <summary>Gets or sets the bytes that one peer may have lying in this process' memory: 64 MiB unless set, 1 MiB at least.</summary>
    /// <remarks>
    /// A peer is a client, known by its badge at one endpoint, or the server at one endpoint; all its channels are counted together. Counted are long messages, from
    /// the moment on in which they begin to arrive, and messages that are kept for so long that they are moved out of the ring. A peer that has used it
    /// up is read no further until some is given back; others don't notice. It is also the longest message that is taken: a sender of a longer one learns
    /// that at once. No message is longer than 1 GiB, however much more is allowed. By 16 KiB, it is the number of a peer's requests that code may have and not have
    /// ended, 4,096 unless set: so many replies wait at most for a client that reads none, and further requests wait in the client's ring. A channel keeps the value with which it was opened, so set it before the
    /// task calls or receives. Any thread.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is less than <see cref="LeastMemoryPerPeer"/>.</exception>
    public static long MemoryPerPeer
    {
        get => Volatile.Read(ref s_memoryPerPeer);
        set
        {
            if (value < LeastMemoryPerPeer)
                throw new ArgumentOutOfRangeException(nameof(value), value, $"ReL4.MemoryPerPeer takes {LeastMemoryPerPeer} bytes (1 MiB) or more.");
            Volatile.Write(ref s_memoryPerPeer, value);
        }
    }

    /// <summary>Gets the bytes of the longest message that is taken.</summary>
    internal static int MaxMessageBytes => (int)Math.Min(MemoryPerPeer, ChannelOptions.LargestMessageBytes);

    /// <summary>Says, behind other advice, where to allow longer messages: nothing where none may be so long.</summary>
    internal static string OrRaiseMemory(ulong messageBytes, string where) => messageBytes > ChannelOptions.LargestMessageBytes
        ? ": no message has more than 1 GiB"
        : $", or set ReL4.MemoryPerPeer {where} before the first call: an open channel keeps its limit";

    /// <summary>Reports a message that was forgotten: to whoever listens, or else by an <see cref="ErrorLine"/>.</summary>
    internal static void ReportForgotten(ForgottenMessageEventArgs forgotten)
    {
        RuntimeMeter.AddForgotten();
        ForgottenSearch.Found();
        if (MessageForgotten is not { } listeners)
        {
            ErrorLine.Write(forgotten.Describe());
            return;
        }

        try
        {
            listeners(null, forgotten);
        }
        catch (Exception)
        {
            // A listener that fails is no reason to stop what everybody else's coroutines do.
        }
    }
}
