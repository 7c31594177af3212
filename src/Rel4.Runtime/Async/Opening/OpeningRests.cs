namespace Rel4.Runtime;

/// <summary>Has clients rest whose openings take an acceptor's time while others want it: those need not wait for them again and again.</summary>
/// <param name="clock">The clock.</param>
/// <remarks>By badge, as whoever has one has no more of it by many threads. Only the acceptor's thread uses it.</remarks>
internal sealed class OpeningRests(TimeProvider clock)
{
    /// <summary>How many times as long as an exchange of an opening its client rests.</summary>
    private const int RestFactor = 16;

    /// <summary>How many rests are remembered before those that are over are forgotten.</summary>
    private const int Many = 256;

    /// <summary>How recently somebody else must have sent something for the acceptor to be wanted.</summary>
    private readonly long _recent = clock.TimestampFrequency / 100;

    /// <summary>Bounds rests, so that an exchange that took long for once does not stop a client for good.</summary>
    private readonly long _longest = clock.TimestampFrequency / 10;

    private readonly Dictionary<ulong, long> _until = [];
    private ulong _last;
    private long _lastAt;
    private long _othersAt;

    /// <summary>Takes note that a client has sent something.</summary>
    public void Heard(ulong badge)
    {
        if (badge != _last)
            (_last, _othersAt) = (badge, _lastAt);
        _lastAt = clock.GetTimestamp();
    }

    /// <summary>Tells whether the client that was heard last is to come again later.</summary>
    public bool MustWait() => _lastAt - _othersAt < _recent && _until.TryGetValue(_last, out long until) && until > _lastAt;

    /// <summary>Takes note that an exchange with the client that was heard last has ended.</summary>
    public void Served()
    {
        long now = clock.GetTimestamp();
        if (_until.Count >= Many)
        {
            foreach ((ulong badge, long until) in _until)
            {
                if (until <= now)
                    _until.Remove(badge);
            }
        }

        _until[_last] = now + Math.Min(RestFactor * (now - _lastAt), _longest);
    }
}
