//! Who is played by a test, and where everybody is found.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use driver::Env;
use mcx::lab::pki::files;
use wire::Hop;

use super::TwoSystems;
use crate::{Home, Played, PlayedWeb, pki, plan, played::Papers};

impl TwoSystems {
    /// Plays the gateway of a system that was not started, at its border.
    pub fn play_border(&mut self, home: Home) -> Played {
        let listen = Some(plan::border(home.place()));
        self.play(home, &format!("mcgw.{}", home.domain()), listen, (files::BORDER, files::PARTNER))
    }

    /// Plays the gateway of a system that was not started, over HTTP.
    pub fn play_web_border(&mut self, home: Home) -> PlayedWeb {
        self.play_web(
            home,
            &format!("mcgw.{}", home.domain()),
            plan::border_http(home.place()),
            (files::BORDER, files::PARTNER),
        )
    }

    /// Plays the group management server of a system, as its gateway sees it.
    pub fn play_groups(&mut self, home: Home) -> PlayedWeb {
        let listen = SocketAddr::new(plan::inner(home.place(), 7), 8443);
        self.play_web(
            home,
            &format!("gms1.core.{}", home.domain()),
            listen,
            (files::GROUPS, files::AUTHORITY),
        )
    }

    /// Plays another group management server of a system, to which [`crate::Setup::second_groups`] leads.
    pub fn play_second_groups(&mut self, home: Home) -> PlayedWeb {
        let listen = SocketAddr::new(plan::inner(home.place(), plan::SECOND), 8443);
        self.play_web(
            home,
            &format!("tester.core.{}", home.domain()),
            listen,
            (files::TESTER, files::AUTHORITY),
        )
    }

    fn play_web(
        &mut self,
        home: Home,
        name: &str,
        listen: SocketAddr,
        (certificate, authority): (&str, &str),
    ) -> PlayedWeb {
        let folder = self.files(home);
        let papers = Papers { certificate: &folder.join(certificate), authority: &folder.join(authority) };
        PlayedWeb::start(name, listen, &papers, &self.env_of_played(listen.ip()))
    }

    /// Plays the location management server of a system, as its own servers see it.
    pub fn play_locations(&mut self, home: Home) -> Played {
        let name = format!("lms1.core.{}", home.domain());
        let listen = Some(SocketAddr::new(plan::inner(home.place(), 3), 5061));
        self.play(home, &name, listen, (files::LOCATIONS, files::AUTHORITY))
    }

    /// Plays another server of a system, which nobody else knows.
    pub fn play_tester(&mut self, home: Home) -> Played {
        let name = format!("tester.core.{}", home.domain());
        self.play(home, &name, None, (files::TESTER, files::AUTHORITY))
    }

    /// Plays a user's device, with a certificate of its system's authority, where only servers belong.
    pub fn play_device(&mut self, home: Home) -> Played {
        self.play(home, "device", None, (files::CLIENT, files::AUTHORITY))
    }

    /// Plays a server of this system that knocks at the inside of the other: within one security domain
    /// ([`Setup::one_authority`]) its certificate is good there.
    pub fn play_neighbour(&mut self, home: Home) -> Played {
        self.play(home, "neighbour", None, (files::LOCATIONS, files::AUTHORITY))
    }

    /// Plays an inner server of a system, which its own authority vouches for, at the border of the other.
    pub fn play_tester_outside(&mut self, home: Home) -> Played {
        self.play(home, "tester", None, (files::TESTER, files::PARTNER))
    }

    /// Plays the gateway of the third system ([`Setup::third_system`]), as the primary sees it.
    pub fn play_third_system(&mut self) -> Played {
        self.play_from_abroad(files::BORDER)
    }

    /// Plays somebody whom the third system's authority calls the partner's gateway.
    pub fn play_impostor(&mut self) -> Played {
        self.play_from_abroad(pki::IMPOSTOR)
    }

    fn play_from_abroad(&mut self, certificate: &str) -> Played {
        let folder = self.folder.path().join("other");
        let papers = Papers {
            certificate: &folder.join(certificate),
            authority: &folder.join(format!("tls/{}.pem", Home::Primary.domain())),
        };
        let address = SocketAddr::new(plan::outer(2), 5061);
        let env = self.env_of_played(address.ip());
        Played::start(pki::OTHER, Some(address), &papers, env)
    }

    pub(super) fn play(
        &mut self,
        home: Home,
        name: &str,
        listen: Option<SocketAddr>,
        (certificate, authority): (&str, &str),
    ) -> Played {
        let folder = self.files(home);
        let papers = Papers { certificate: &folder.join(certificate), authority: &folder.join(authority) };
        let host = listen.map_or_else(|| plan::inner(home.place(), 99), |listen| listen.ip());
        let env = self.env_of_played(host);
        Played::start(name, listen, &papers, env)
    }

    pub(super) fn env_of_played(&mut self, host: IpAddr) -> Env {
        self.played += 1;
        self.env(self.played << 32, host)
    }

    /// The folder with certificates and keys of a system.
    #[must_use]
    pub fn files(&self, home: Home) -> PathBuf {
        self.folder.path().join(["primary", "partner"][usize::from(home.place())])
    }

    /// The border of a system, as a partner reaches it.
    #[must_use]
    pub fn border_of(&self, home: Home) -> Hop {
        Played::hop(&format!("mcgw.{}", home.domain()), plan::border(home.place()))
    }

    /// The border of a system over HTTP, as a partner reaches it.
    #[must_use]
    pub fn web_border_of(&self, home: Home) -> Hop {
        Played::hop(&format!("mcgw.{}", home.domain()), plan::border_http(home.place()))
    }

    /// The gateway of a system over HTTP, as its own servers reach it.
    #[must_use]
    pub fn web_gateway_of(&self, home: Home) -> Hop {
        let address = SocketAddr::new(plan::inner(home.place(), 1), 443);
        Played::hop(&format!("mcgw.{}", home.domain()), address)
    }

    /// The gateway of a system, as its own servers reach it.
    #[must_use]
    pub fn gateway_of(&self, home: Home) -> Hop {
        let address = SocketAddr::new(plan::inner(home.place(), 1), 5061);
        Played::hop(&format!("mcgw.{}", home.domain()), address)
    }

    /// The location management server of a system, as its own servers reach it.
    #[must_use]
    pub fn locations_of(&self, home: Home) -> Hop {
        let address = SocketAddr::new(plan::inner(home.place(), 3), 5061);
        Played::hop(&format!("lms1.core.{}", home.domain()), address)
    }
}
