using Rel4.Abi;
using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <summary>Signals one notification: in user mode once its receiver and this thread are registered, through the kernel until then.</summary>
internal sealed class SignalPort(ulong notification)
{
    private const int LongestBackOff = 1 << 16;

    // One more than the index.
    private ulong _sender;
    private int _untilRegistration;
    private int _backOff = 1;

    /// <summary>Signals.</summary>
    public void Signal()
    {
        if (_sender != 0 || TryRegister())
            Interruptions.Send(_sender - 1);
        else
            SeL4.Signal(notification);
    }

    private bool TryRegister()
    {
        // Most often the receiver has not come yet. It is asked for at the first signal, then after 1, 2, 4, ... more: asking costs as much as a signal.
        if (_untilRegistration-- > 0)
            return false;
        _untilRegistration = _backOff;
        _backOff = Math.Min(2 * _backOff, LongestBackOff);
        if (SeL4.TCB_RegisterSender(BrokerLayout.Thread, notification, out SenderHandle handle) != SeL4Error.NoError)
            return false;
        _sender = handle.Index + 1UL;
        return true;
    }
}
