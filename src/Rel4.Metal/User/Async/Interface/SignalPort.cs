using Rel4.Abi;
using Rel4.Metal.User;

namespace Rel4.Runtime;

/// <summary>Signals one notification: in user mode once its receiver and this thread are registered, through the kernel until then.</summary>
internal sealed class SignalPort(ulong notification)
{
    private const int LongestBackOff = 1 << 16;

    private SenderHandle _sender;
    private bool _isRegistered;
    private int _untilRegistration;
    private int _backOff = 1;

    /// <summary>Signals.</summary>
    public void Signal()
    {
        if (_isRegistered || TryRegister())
            Interruptions.Send(_sender.Index);
        else
            SeL4.Signal(notification);
    }

    /// <summary>Lets the sender go if it reaches nobody: signals go through the kernel until there is another receiver.</summary>
    /// <param name="open">A bit for each sender that is open.</param>
    public void LookForReceiver(ulong open)
    {
        if (!_isRegistered || (open >> _sender.Index & 1) != 0)
            return;
        _ = SeL4.TCB_UnregisterSender(BrokerLayout.Thread, _sender);
        _isRegistered = false;
        _untilRegistration = 0;
        _backOff = 1;
    }

    private bool TryRegister()
    {
        // Most often the receiver has not come yet. It is asked for at the first signal, then after 1, 2, 4, ... more: asking costs as much as a signal.
        if (_untilRegistration-- > 0)
            return false;
        _untilRegistration = _backOff;
        _backOff = Math.Min(2 * _backOff, LongestBackOff);
        _isRegistered = SeL4.TCB_RegisterSender(BrokerLayout.Thread, notification, out _sender) == SeL4Error.NoError;
        return _isRegistered;
    }
}
