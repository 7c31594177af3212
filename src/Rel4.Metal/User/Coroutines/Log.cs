namespace Rel4.Metal.User;

/// <summary>The digits that coroutines wrote, in their order.</summary>
internal sealed class Log
{
    private ulong _digits;

    /// <summary>Writes a digit.</summary>
    public void Add(ulong digit) => _digits = (_digits * 10) + digit;

    /// <summary>Takes all digits.</summary>
    public ulong Take()
    {
        ulong digits = _digits;
        _digits = 0;
        return digits;
    }
}
