using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Says why a call has no answer that was to be passed on to somebody else, for example over a network.</summary>
public enum RelayFailure : ushort
{
    /// <summary>Nobody is there to carry it out, or can be reached: it was not carried out. The client's <see cref="NotDeliveredException"/>.</summary>
    NotDelivered = ReplyFailure.NotDelivered,

    /// <summary>Who was to carry it out takes no more just now: it was not carried out. The client's <see cref="NotDeliveredException"/>.</summary>
    Busy = ReplyFailure.Busy,

    /// <summary>It is longer than is taken there: it was not carried out. The client's <see cref="MessageTooLongException"/>.</summary>
    TooLong = ReplyFailure.RequestTooLong,

    /// <summary>It was passed on, and whether it was carried out is unknown. The client's <see cref="ReplyAbandonedException"/>.</summary>
    Lost = ReplyFailure.Lost,
}
