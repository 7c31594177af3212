namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Tells where a <see cref="Scribbler"/> writes.</summary>
internal enum ScribblerReach
{
    /// <summary>Into the lane's page only.</summary>
    Page,

    /// <summary>Into the thread's trap page as well.</summary>
    All,
}
