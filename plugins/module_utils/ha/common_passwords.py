# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Well-known common passwords and PINs, the most common first. Our own list; bump VERSION with every change.

A Python module because that is what travels to the host with a module.
"""

from __future__ import annotations

VERSION = "2026.1"

_TEXT = """
123456 password 123456789 12345678 12345 qwerty 1234567 111111 123123 abc123 1234567890 password1 1234 qwerty123
000000 iloveyou 1q2w3e4r admin welcome monkey dragon letmein 654321 sunshine princess football qwertyuiop 666666
123321 master 1q2w3e4r5t login superman baseball shadow michael 121212 7777777 123qwe 987654321 asdfghjkl trustno1
password123 starwars admin123 passw0rd qazwsx zxcvbnm 555555 112233 159753 asdfgh lovely 888888 hello charlie freedom
whatever ashley daniel jordan 696969 hottie loveme flower secret 1qaz2wsx changeme default homeassistant hassio home
smarthome raspberry raspberrypi pi root toor user guest test P@ssw0rd Password1 Password Password123 Welcome1
Qwerty123 Admin123 Passw0rd welcome123 hello123 abcd1234 a1b2c3d4 aa123456 abcdef computer internet samsung michelle
jessica pokemon thomas hunter buster soccer harley batman andrew tigger robert jennifer killer hockey george amanda
nicole justin biteme thunder summer winter spring autumn pepper joshua maggie ginger chelsea matthew cheese access
yankees dallas austin taylor matrix mobilemail mom monitor monitoring montana moon moscow 1111 0000 2222 1212 7777
1004 2000 4444 6969 9999 3333 5555 6666 1122 1313 8888 4321 2001 1010 11111 222222 333333 999999 777777 131313 101010
147258 147258369 789456 789456123 741852963 963852741 456789 456123 159357 258456 852456 951753 142536 102030 010203
100200 123654 321654 654123 11111111 00000000 12341234 88888888 87654321 11223344 12121212 99999999 22222222
1029384756 0987654321 0123456789 123456a a123456 a12345678 123456q q123456 qwe123 qweasd qweasdzxc qazwsxedc asdasd
asdf1234 zaq12wsx zaq1zaq1 1qazxsw2 q1w2e3r4 q1w2e3r4t5 qwer1234 qwert qwertz qwertz123 azerty azertyuiop yxcvbnm
poiuytrewq mnbvcxz zxcvbn asdf asdfasdf 123abc abc12345 abcd123 abcabc aaaaaa aaaaaaaa zzzzzz xxxxxx qqqqqq 1password
iloveyou1 iloveyou2 princess1 sunshine1 football1 monkey1 dragon1 charlie1 letmein1 shadow1 master1 superman1
baseball1 michael1 jordan23 ashley1 hello1 flower1 babygirl babygirl1 lovely1 family family1 home123 house myhome
sweethome homesweethome mypassword passwort passwort1 passwort123 hallo hallo123 hallo1 schatz geheim sonnenschein
angel anthony apple arsenal asshole babydoll bailey banana bandit barcelona barney basketball bear beautiful bella
benjamin bigdog birdie blessed blink182 blue bonnie booboo boomer boston brandon brandy brooklyn brother bubbles buddy
bulldog butter butterfly cameron canada candy carlos caroline casper champion charles chester chicago chicken
chocolate chris christian christine christmas chris1 cocacola coffee compaq cookie cooper corvette cowboy cowboys
cricket crystal dakota daniela danielle david debbie denver desire diamond dolphin dolphins donald dreamer eagle
eagles edward einstein elephant elizabeth emily eminem enter eric ferrari fishing florida fluffy forever forest
frankie friend friends gandalf garfield gateway genesis giants gibson golden golfer google grace green gregory guitar
hammer hannah happy harry heather heaven hello2 hercules honda horses hotdog hotmail hottie1 iceman india isabella
isabelle jackass jackie jackson jaguar james jasmine jasper jeremy jessie jesus johnny johnson jonathan jordan1 joseph
junior justice katherine kathleen kelly kermit kevin killer1 kimberly kitten kitty knight ladybug lakers lauren legend
leonardo liberty lightning lincoln little liverpool london lucky lucky7 madison maria marina marine mariners marlboro
martin marvin mary maverick maxwell melissa mercedes merlin metallica mexico michigan mickey midnight miller mine
money monica monster morgan mother mountain mozart muffin murphy music mustang natalie nathan newyork nicholas
nintendo nirvana november october oliver olivia orange orlando packers pamela panther panthers parker patricia patrick
peaches peanut penguin phoenix player please playboy popcorn porsche precious prince promise psycho pumpkin purple
rabbit rachel raiders rainbow ranger rangers rebecca redsox remember richard rocket rockstar rocky ronaldo rosebud
runner russia sabrina sakura samantha sammy sandra sarah scooby scooter scorpion sebastian september serenity sexy
shannon shelby sierra silver skippy slipknot smile smokey snoopy snowball snowman sophia sophie sparky spider
spiderman spongebob squirrel stella steelers stephen steven strawberry stupid sugar superstar sweet sweetie sweetheart
tennis teresa theman tiffany tiger tigers tinkerbell tommy toyota travis trinity tucker turtle twilight unicorn united
valentina vanessa veronica victoria viking violet viper vincent warrior welcome2 westside whiskey white william willow
wilson winner winnie winston wizard wolf xavier yamaha yellow zachary zxcvbnm1 minecraft fortnite roblox naruto
pikachu pokemon1 facebook linkedin instagram youtube netflix spotify whatsapp android iphone windows microsoft linux
ubuntu debian apple123 macbook dell lenovo toshiba anna annika alex alexander alexandra alice andrea andreas angela
angelina antonio barbara bernd birgit carmen caro christina claudia daniel1 diana dennis dominik elena emma eva fabian
felix ferdinand florian frank franziska frieda gabriel gabriela georg gerhard hans heike heinz helga hermann ingrid
irene jan jana janina jens joerg johanna johannes jonas josef julia julian juliane karin karl katharina katja katrin
kerstin klaus lara laura lea lena leon lisa louis luca lukas luke maja manfred manuel manuela marco marcel marcus
mario markus marie marion martina matthias max maximilian mia michaela mike mila monika moritz nadine natascha nico
nina noah olga oskar otto paul paula peter petra philipp pia ralf ramona regina renate rene robin roland sabine sandro
sara sascha silke simon simone sonja stefan stefanie susanne svenja sven tanja theo thorsten tim timo tobias tom
torsten udo ulrike ursula ute uwe valentin vera viktor werner wolfgang yvonne zoe liebe ichliebedich fussball bayern
bayern1 schalke04 dortmund borussia hamburg berlin muenchen koeln werder stuttgart sommer winter1 fruehling herbst
schule arbeit urlaub katze hund hase maus mausi pferd vogel baum blume sonne mond stern master123 killer123 schatzi
liebling engel prinzessin familie zuhause wohnung haustuer garten kueche wohnzimmer schlafzimmer kamera drucker
fernseher router fritzbox telekom vodafone netzwerk wlan internet1 server server1 nas amour soleil doudou loulou
bonjour motdepasse marseille chouchou princesse nicolas julien camille chocolat contrasena hola amor teamo mariposa
estrella familia bonita carolina alejandro alejandra fernando juventus amore ciao francesca giuseppe stellina matteo
andrea1 napoli welkom wachtwoord ajax feyenoord voetbal lieverd haslo polska kochanie marcin agnieszka senha brasil
flamengo corinthians parola privet natasha svetlana light lights lamp kitchen bedroom bathroom garage garden door
doorlock alarm security camera1 doorbell thermostat heating sensor smart smarthome1 automation assistant hass hass123
hassio123 homeassistant1 homeassistant123 ha123 mqtt mosquitto zigbee zwave esphome tasmota homekit alexa alexa123
siri cortana jarvis nodered influxdb grafana mariadb mysql postgres supervisor administrator Administrator admin1
admin12 admin1234 admin12345 admin@123 adminadmin rootroot root123 user123 guest123 test123 test1234 testtest demo
demo123 temp temp123 temppass qwerty1 qwerty12 qwerty1234 qwerty12345 secret123 secret1 pass pass123 pass1234 passpass
password! password12 password1234 password2 password01 Password! Password12 Password1! P@ssword P@ssw0rd1 p@ssw0rd
p@ssword pa55word pa$$word passw0rd1 welcome01 Welcome01 Welcome123 letmein123 letmein! changeme123 changeit change
default123 login123 access14 super super123 superuser summer1 summer123 summer2023 summer2024 summer2025 summer2026
winter123 winter2023 winter2024 winter2025 winter2026 spring2025 spring2026 autumn2025 Sommer2024 Sommer2025
Sommer2026 Winter2024 Winter2025 Summer2024 Summer2025 Summer2026 love love123 lover lovers loveyou iloveu ilovehim
ilovemom mylove mylove1 truelove babyboy baby baby123 honey sweety darling fuckyou fuckyou1 fuckoff fuckme fuck shit
bitch asdfjkl asdfghjk asdfghj asdf123 asd123 asd qwe qaz wsx edc zxc zxc123 zxcvb zxcv1234 1qaz 2wsx3edc 3edc4rfv
qwerasdf qwer qwertyu qweqwe qweqweqwe wasd 1q2w3e 1q2w3e4 q1w2e3 1a2b3c 1a2b3c4d a1b2c3 a1b2c3d4e5 abc abcd abcde
abcdefg abcdefgh abc1234 abc123456 aaa aaa111 aa1234 a1234567 a123456789 123456abc 123456aa 12345a 12345q 12345qwert
1234qwer 1234abcd 123asd 123zxc 123123a 123qweasd 123qweasdzxc 1234567q 12345678a 123456789a 123456789q 111222 111333
112211 113355 121314 123000 123450 1234560 12345679 123456780 123456987 1234321 123454321 12344321 123789 123987
124578 125125 134679 135790 135791 136900 141414 142857 145236 147147 147852 147896 147963 147896325 151515 159159
159753456 161616 171717 181818 191919 200000 2000000 202020 212121 214365 222333 232323 234567 242424 246810 252525
258258 258369 262626 272727 282828 292929 303030 313131 321321 323232 333666 345678 357159 369258 369369 404040 414141
424242 444444 454545 456456 456654 464646 484848 494949 500500 505050 515151 525252 535353 545454 555666 567890 575757
585858 595959 606060 616161 626262 636363 646464 656565 666999 676767 686868 707070 717171 727272 737373 747474 753159
753951 757575 767676 777888 787878 789789 797979 808080 818181 828282 838383 848484 852852 858585 868686 878787 888999
898989 900900 909090 919191 929292 939393 949494 951357 959595 963963 969696 979797 987654 987987 989898 998877 999888
33333333 44444444 55555555 66666666 77777777 12312312 123123123 1231234 12345678910 1234567891 123456123 123456654321
1111111 1111111111 0000000 0000000000 9999999 5555555 8888888 7654321 76543210 9876543210 98765432 987456321 321321321
789123 1478963 14789632 147258963 159263 159487 2580 1379 1357 2468 1478 1590 1598 7890 6789 5678 3456 2345 0123 1112
1123 1221 1233 1256 1414 1515 1616 1717 1818 1919 2020 2021 2022 2023 2024 2025 2026 2121 2323 2424 2525 2727 2828
3030 3131 3232 3434 4545 4646 5050 5151 5252 5656 5858 6565 6767 6868 6996 7070 7171 7272 7474 7575 7676 7788 7878
7979 8080 8484 8585 8686 8787 8989 9090 9191 9292 9393 9494 9595 9696 9797 9876 9898 9900 1945 1950 1955 1960 1961
1962 1963 1964 1965 1966 1967 1968 1969 1970 1971 1972 1973 1974 1975 1976 1977 1978 1979 1980 1981 1982 1983 1984
1985 1986 1987 1988 1989 1990 1991 1992 1993 1994 1995 1996 1997 1998 1999 2002 2003 2004 2005 2006 2007 2008 2009
2010 0007 007007 0101 0110 0911 1001 1002 1011 1020 1101 1102 1103 1104 1110 1111111a 1231 1236 1243 1269 1324 1342
1397 1423 1432 1470 1472 1475 1485 1593 1597 1602 1605 1664 1793 1812 1973a 2112 2211 2244 2255 2277 2299 2369 2413
2486 2500 2512 2563 2569 2580a 2589 2684 2846 3000 3112 3141 31415 314159 31415926 3333a 3355 3366 3579 3691 3698 4000
4040 4200 420420 4242 4251 4279 4321a 4455 4477 4488 4563 4567 4568 4569 4646a 4711 4747 4789 4848 4862 4937 5000 5115
5225 5255 5353
"""

PASSWORDS = _TEXT.split()
