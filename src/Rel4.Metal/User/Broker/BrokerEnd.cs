namespace Rel4.Metal.User;

/// <summary>A task's end of a channel, or its ticket for one.</summary>
/// <param name="ticket">A slot for tickets.</param>
internal sealed class BrokerEnd(ulong ticket)
{
    /// <summary>Gets or sets what has become of it.</summary>
    public ChannelStage Stage { get; set; }

    /// <summary>Gets or sets the channel, once it is open and until it is left.</summary>
    public BrokerChannel? Channel { get; set; }

    /// <summary>Gets or sets the endpoint that the task says the ticket is for; null if the broker knows of none.</summary>
    public BrokerEndpoint? For { get; set; }

    /// <summary>Gets the slot of the ticket.</summary>
    public ulong Ticket => ticket;

    /// <summary>Gets or sets the ticket's badge; 0 while there is none.</summary>
    public ulong TicketBadge { get; set; }

    /// <summary>Makes the ticket worth nothing, wherever copies of it are.</summary>
    public void EndTicket()
    {
        if (TicketBadge == 0)
            return;
        TicketBadge = 0;
        Objects.Revoke(ticket);
        Objects.Delete(ticket);
    }
}
