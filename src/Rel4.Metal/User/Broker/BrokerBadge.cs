namespace Rel4.Metal.User;

/// <summary>Tells what a capability of the broker's endpoint is for: bits 9:8 of its badge, above the task's number.</summary>
internal enum BrokerBadge : ulong
{
    /// <summary>A task's own: it asks and tells by it. Bits from 16 on are its generation.</summary>
    Task = 0,

    /// <summary>A task's faults come by it.</summary>
    Fault = 1,

    /// <summary>A ticket: bits 15:10 are the number of the channel, those from 16 on differ for each. Nothing that is sent by it is heard.</summary>
    Ticket = 2,
}
