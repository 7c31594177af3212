namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Names an end of a lane.</summary>
public enum LaneParty
{
    /// <summary>Calls.</summary>
    Client,

    /// <summary>Receives and replies.</summary>
    Server,
}
